"""One story for each file; time is moved by hand and whatever nobody expected fails."""
