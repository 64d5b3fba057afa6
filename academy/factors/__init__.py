"""Second factors: passkeys, one-time codes and recovery codes."""
