fn main() -> std::io::Result<()> {
    records::generate()
}
