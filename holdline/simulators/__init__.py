"""The sandbox: vendors on real sockets, strict, with faults on demand and a ledger of every effect."""
