"""`holdline deadletter`: what could not be understood or delivered, and what a person does about it."""
