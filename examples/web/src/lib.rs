//! What the programs of this member share: [`server`], which serves HTTP over
//! buzzer's sockets.

pub mod server;
