//! What only the DynamoDB backend does, on a real engine.

mod table_life;
