//! What the programs of this member share.
