"""What dkdata does, feature by feature: one small real use of each."""
