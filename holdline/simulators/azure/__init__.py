"""Azure DevOps: work items by JSON Patch, guarded by revisions, behind a door that answers 203."""
