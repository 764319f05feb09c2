//! What only the DynamoDB backend does, on a real engine.

mod requests;
mod table_life;
