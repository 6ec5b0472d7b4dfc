"""The whole product as real processes before simulated vendors: killed, frozen, lied to, and searched for secrets."""
