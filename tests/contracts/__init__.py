"""What every vendor client promises, checked against the simulators on real sockets."""
