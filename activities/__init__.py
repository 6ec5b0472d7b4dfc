"""What the outside can do for an incident, one file for each thing; activities know ports, never clients."""
