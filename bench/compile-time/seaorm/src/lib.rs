//! Fifty records with SeaORM.

use sea_orm::Set;
use sea_orm::entity::prelude::*;

include!(concat!(env!("OUT_DIR"), "/records.rs"));
