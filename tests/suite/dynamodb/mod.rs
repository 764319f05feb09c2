//! What only the DynamoDB backend does, on a real engine.

mod faults;
mod requests;
mod table_life;
