"""Recorded histories of incidents, replayed by every test run: a change that open incidents cannot follow is found.

`python -m tests.histories.record` writes them anew, one event a line, without identities. Do so when a change of the
workflow is meant and no release is out that has open incidents; else keep them and use `workflow.patched`.
"""
