"""A worker that is frozen, or cut off from Temporal, while every vendor has its request (S2, S4.4)."""
