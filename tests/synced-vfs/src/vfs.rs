//! The VFS itself: each call goes to the operating system's VFS, and what it changed to the
//! [`disk`](crate::disk).

use std::ffi::{CStr, OsStr, c_char, c_int, c_void};
use std::mem::size_of;
use std::os::unix::ffi::OsStrExt;
use std::path::Path;
use std::ptr::null_mut;
use std::sync::OnceLock;

use rusqlite::ffi::{
    SQLITE_ERROR, SQLITE_IOERR, SQLITE_MISUSE, SQLITE_OK, SQLITE_OPEN_CREATE,
    SQLITE_OPEN_MAIN_JOURNAL, SQLITE_OPEN_SUPER_JOURNAL, SQLITE_OPEN_WAL, sqlite3_file,
    sqlite3_filename, sqlite3_int64, sqlite3_io_methods, sqlite3_vfs, sqlite3_vfs_find,
    sqlite3_vfs_register,
};

use crate::disk::{self, FileId};

/// An open file: what SQLite sees of it, followed in memory by the system's own open file.
#[repr(C)]
struct ShimFile {
    /// SQLite reads the methods here, so it stands first.
    base: sqlite3_file,
    /// `None` for a file without a name, which is temporary.
    id: Option<FileId>,
    /// Its name, which lives until the file is closed.
    name: sqlite3_filename,
    /// Whether its first sync syncs its directory too, as the system's VFS does for a new log.
    names_too: bool,
}

/// The system's VFS, under this one.
struct System(*mut sqlite3_vfs);

// SAFETY: SQLite's VFS objects are made to be used from any thread, and this one lives for ever.
unsafe impl Send for System {}
// SAFETY: As above; nothing here writes to it.
unsafe impl Sync for System {}

static SYSTEM: OnceLock<System> = OnceLock::new();

fn system() -> *mut sqlite3_vfs {
    SYSTEM.get().map_or(null_mut(), |system| system.0)
}

pub(crate) fn install() -> rusqlite::Result<()> {
    if SYSTEM.get().is_some() {
        return Ok(());
    }
    // SAFETY: A null name asks for the default VFS. SQLite initializes itself here.
    let original = unsafe { sqlite3_vfs_find(null_mut()) };
    // SAFETY: It is null or a registered VFS, which lives for ever.
    let Some(under) = (unsafe { original.as_ref() }) else {
        return Err(failure(SQLITE_ERROR));
    };
    let size = c_int::try_from(size_of::<ShimFile>()).map_err(|_| failure(SQLITE_MISUSE))?;
    let shim = sqlite3_vfs {
        // Version 2 ends before the replacement of system calls, which is the system VFS's own.
        iVersion: under.iVersion.min(2),
        szOsFile: size + under.szOsFile,
        mxPathname: under.mxPathname,
        pNext: null_mut(),
        zName: c"keyloom-synced".as_ptr(),
        pAppData: null_mut(),
        xOpen: Some(open),
        xDelete: Some(delete),
        xAccess: Some(access),
        xFullPathname: Some(full_pathname),
        xDlOpen: None,
        xDlError: None,
        xDlSym: None,
        xDlClose: None,
        xRandomness: Some(randomness),
        xSleep: Some(sleep),
        xCurrentTime: Some(current_time),
        xGetLastError: Some(get_last_error),
        xCurrentTimeInt64: Some(current_time_int64),
        xSetSystemCall: None,
        xGetSystemCall: None,
        xNextSystemCall: None,
    };
    if SYSTEM.set(System(original)).is_err() {
        return Ok(());
    }
    // SAFETY: The VFS is leaked, so it outlives every use; its methods are the functions below.
    match unsafe { sqlite3_vfs_register(Box::leak(Box::new(shim)), 1) } {
        SQLITE_OK => Ok(()),
        code => Err(failure(code)),
    }
}

fn failure(code: c_int) -> rusqlite::Error {
    rusqlite::Error::SqliteFailure(rusqlite::ffi::Error::new(code), None)
}

/// # Safety
///
/// `name` is null or a C string that lives as long as `'a`.
unsafe fn path<'a>(name: *const c_char) -> Option<&'a Path> {
    if name.is_null() {
        return None;
    }
    // SAFETY: The caller's promise.
    let name = unsafe { CStr::from_ptr(name) };
    Some(Path::new(OsStr::from_bytes(name.to_bytes())))
}

/// The system's open file behind one of ours.
///
/// # Safety
///
/// `file` is a [`ShimFile`] in memory of `szOsFile` bytes.
unsafe fn under(file: *mut sqlite3_file) -> *mut sqlite3_file {
    // SAFETY: The system's file follows, in the same memory; its alignment is that of a pointer,
    // and so is that of `ShimFile`, whose size is a multiple of it.
    unsafe { file.cast::<ShimFile>().add(1).cast() }
}

/// # Safety
///
/// `file` is a [`ShimFile`] that [`open`] has filled.
unsafe fn id(file: *mut sqlite3_file) -> Option<FileId> {
    // SAFETY: The caller's promise.
    unsafe { (*file.cast::<ShimFile>()).id }
}

/// Calls a method of the system's VFS, or answers `$missing` where it has none.
macro_rules! vfs_call {
    ($method:ident($($argument:expr),*) else $missing:expr) => {{
        let system = system();
        // SAFETY: `system` is the registered VFS that `install` found; the arguments are SQLite's
        // own, passed on as they came.
        match unsafe { (*system).$method } {
            // SAFETY: As above.
            Some(method) => unsafe { method(system $(, $argument)*) },
            None => $missing,
        }
    }};
}

/// Calls a method of the system's open file, or answers `$missing` where it has none.
macro_rules! file_call {
    ($file:expr, $method:ident($($argument:expr),*) else $missing:expr) => {{
        // SAFETY: SQLite hands in files that `open` has filled, and calls no method of a file
        // whose methods are null.
        let file = unsafe { under($file) };
        // SAFETY: The system's open file has methods, because `open` succeeded.
        match unsafe { (*(*file).pMethods).$method } {
            // SAFETY: The arguments are SQLite's own, passed on as they came.
            Some(method) => unsafe { method(file $(, $argument)*) },
            None => $missing,
        }
    }};
}

unsafe extern "C" fn open(
    _: *mut sqlite3_vfs,
    name: sqlite3_filename,
    file: *mut sqlite3_file,
    flags: c_int,
    out: *mut c_int,
) -> c_int {
    // SAFETY: SQLite's name is null or a string that lives until the file is closed.
    let path = unsafe { path(name) };
    // What stands in a file before it is first opened here was durable before the test began.
    let existing =
        path.filter(|path| !disk::lock().knows(path)).and_then(|path| std::fs::read(path).ok());
    // SAFETY: SQLite hands in `szOsFile` bytes.
    let real = unsafe { under(file) };
    let code = vfs_call!(xOpen(name, real, flags, out) else SQLITE_ERROR);
    // SAFETY: The memory is SQLite's for this file; the system's VFS has set its file's methods.
    unsafe {
        (*file).pMethods = null_mut();
        if code != SQLITE_OK {
            // With null methods SQLite does not close the file, so it is closed here.
            if let Some(methods) = (*real).pMethods.as_ref()
                && let Some(close) = methods.xClose
            {
                close(real);
            }
            return code;
        }
        let id = path.map(|path| disk::lock().open(path, existing));
        let base = sqlite3_file { pMethods: &raw const METHODS };
        let logs = SQLITE_OPEN_MAIN_JOURNAL | SQLITE_OPEN_SUPER_JOURNAL | SQLITE_OPEN_WAL;
        let names_too = flags & SQLITE_OPEN_CREATE != 0 && flags & logs != 0;
        file.cast::<ShimFile>().write(ShimFile { base, id, name, names_too });
    }
    SQLITE_OK
}

unsafe extern "C" fn delete(_: *mut sqlite3_vfs, name: *const c_char, sync: c_int) -> c_int {
    let code = vfs_call!(xDelete(name, sync) else SQLITE_ERROR);
    // SAFETY: SQLite's name is a string that lives during the call.
    if let (SQLITE_OK, Some(path)) = (code, unsafe { path(name) }) {
        let mut disk = disk::lock();
        disk.delete(path);
        if sync != 0 {
            disk.synced_directory(path);
        }
    }
    code
}

unsafe extern "C" fn access(
    _: *mut sqlite3_vfs,
    name: *const c_char,
    flags: c_int,
    out: *mut c_int,
) -> c_int {
    vfs_call!(xAccess(name, flags, out) else SQLITE_ERROR)
}

unsafe extern "C" fn full_pathname(
    _: *mut sqlite3_vfs,
    name: *const c_char,
    size: c_int,
    out: *mut c_char,
) -> c_int {
    vfs_call!(xFullPathname(name, size, out) else SQLITE_ERROR)
}

unsafe extern "C" fn randomness(_: *mut sqlite3_vfs, size: c_int, out: *mut c_char) -> c_int {
    vfs_call!(xRandomness(size, out) else 0)
}

unsafe extern "C" fn sleep(_: *mut sqlite3_vfs, microseconds: c_int) -> c_int {
    vfs_call!(xSleep(microseconds) else 0)
}

unsafe extern "C" fn current_time(_: *mut sqlite3_vfs, out: *mut f64) -> c_int {
    vfs_call!(xCurrentTime(out) else SQLITE_ERROR)
}

unsafe extern "C" fn get_last_error(_: *mut sqlite3_vfs, size: c_int, out: *mut c_char) -> c_int {
    vfs_call!(xGetLastError(size, out) else 0)
}

unsafe extern "C" fn current_time_int64(_: *mut sqlite3_vfs, out: *mut sqlite3_int64) -> c_int {
    vfs_call!(xCurrentTimeInt64(out) else SQLITE_ERROR)
}

static METHODS: sqlite3_io_methods = sqlite3_io_methods {
    // Version 2 ends before xFetch, by which SQLite would map the file into memory.
    iVersion: 2,
    xClose: Some(close),
    xRead: Some(read),
    xWrite: Some(write),
    xTruncate: Some(truncate),
    xSync: Some(sync),
    xFileSize: Some(file_size),
    xLock: Some(lock),
    xUnlock: Some(unlock),
    xCheckReservedLock: Some(check_reserved_lock),
    xFileControl: Some(file_control),
    xSectorSize: Some(sector_size),
    xDeviceCharacteristics: Some(device_characteristics),
    xShmMap: Some(shm_map),
    xShmLock: Some(shm_lock),
    xShmBarrier: Some(shm_barrier),
    xShmUnmap: Some(shm_unmap),
    xFetch: None,
    xUnfetch: None,
};

unsafe extern "C" fn close(file: *mut sqlite3_file) -> c_int {
    file_call!(file, xClose() else SQLITE_OK)
}

unsafe extern "C" fn read(
    file: *mut sqlite3_file,
    to: *mut c_void,
    size: c_int,
    at: sqlite3_int64,
) -> c_int {
    file_call!(file, xRead(to, size, at) else SQLITE_IOERR)
}

unsafe extern "C" fn write(
    file: *mut sqlite3_file,
    from: *const c_void,
    size: c_int,
    at: sqlite3_int64,
) -> c_int {
    let code = file_call!(file, xWrite(from, size, at) else SQLITE_IOERR);
    // SAFETY: SQLite calls this with a file that `open` has filled.
    if let (SQLITE_OK, Some(id)) = (code, unsafe { id(file) }) {
        let (Ok(size), Ok(at)) = (usize::try_from(size), usize::try_from(at)) else {
            return SQLITE_MISUSE;
        };
        // SAFETY: SQLite's buffer has `size` bytes, and nobody writes to it during the call.
        let bytes = unsafe { std::slice::from_raw_parts(from.cast::<u8>(), size) };
        disk::lock().write(id, at, bytes);
    }
    code
}

unsafe extern "C" fn truncate(file: *mut sqlite3_file, size: sqlite3_int64) -> c_int {
    let code = file_call!(file, xTruncate(size) else SQLITE_IOERR);
    // SAFETY: SQLite calls this with a file that `open` has filled.
    if let (SQLITE_OK, Some(id)) = (code, unsafe { id(file) }) {
        let Ok(size) = usize::try_from(size) else {
            return SQLITE_MISUSE;
        };
        disk::lock().truncate(id, size);
    }
    code
}

unsafe extern "C" fn sync(file: *mut sqlite3_file, flags: c_int) -> c_int {
    // SAFETY: SQLite calls this with a file that `open` has filled.
    let id = unsafe { id(file) };
    // Only what was written before the sync began is promised to be durable after it.
    let changes = id.map(|id| disk::lock().changes(id));
    let code = file_call!(file, xSync(flags) else SQLITE_IOERR);
    if let (SQLITE_OK, Some(id), Some(changes)) = (code, id, changes) {
        let mut disk = disk::lock();
        disk.synced(id, changes);
        // SAFETY: `open` has filled the file, and one thread at a time uses it.
        let shim = unsafe { &mut *file.cast::<ShimFile>() };
        if std::mem::take(&mut shim.names_too)
            // SAFETY: The name lives until the file is closed.
            && let Some(path) = unsafe { path(shim.name) }
        {
            disk.synced_directory(path);
        }
    }
    code
}

unsafe extern "C" fn file_size(file: *mut sqlite3_file, out: *mut sqlite3_int64) -> c_int {
    file_call!(file, xFileSize(out) else SQLITE_IOERR)
}

unsafe extern "C" fn lock(file: *mut sqlite3_file, level: c_int) -> c_int {
    file_call!(file, xLock(level) else SQLITE_IOERR)
}

unsafe extern "C" fn unlock(file: *mut sqlite3_file, level: c_int) -> c_int {
    file_call!(file, xUnlock(level) else SQLITE_IOERR)
}

unsafe extern "C" fn check_reserved_lock(file: *mut sqlite3_file, out: *mut c_int) -> c_int {
    file_call!(file, xCheckReservedLock(out) else SQLITE_IOERR)
}

unsafe extern "C" fn file_control(
    file: *mut sqlite3_file,
    operation: c_int,
    argument: *mut c_void,
) -> c_int {
    file_call!(file, xFileControl(operation, argument) else rusqlite::ffi::SQLITE_NOTFOUND)
}

unsafe extern "C" fn sector_size(file: *mut sqlite3_file) -> c_int {
    file_call!(file, xSectorSize() else 0)
}

unsafe extern "C" fn device_characteristics(file: *mut sqlite3_file) -> c_int {
    // A batch of writes that is atomic on the device would commit without a sync.
    let all = file_call!(file, xDeviceCharacteristics() else 0);
    all & !rusqlite::ffi::SQLITE_IOCAP_BATCH_ATOMIC
}

unsafe extern "C" fn shm_map(
    file: *mut sqlite3_file,
    region: c_int,
    size: c_int,
    extend: c_int,
    out: *mut *mut c_void,
) -> c_int {
    file_call!(file, xShmMap(region, size, extend, out) else SQLITE_IOERR)
}

unsafe extern "C" fn shm_lock(
    file: *mut sqlite3_file,
    offset: c_int,
    count: c_int,
    flags: c_int,
) -> c_int {
    file_call!(file, xShmLock(offset, count, flags) else SQLITE_IOERR)
}

unsafe extern "C" fn shm_barrier(file: *mut sqlite3_file) {
    file_call!(file, xShmBarrier() else ());
}

unsafe extern "C" fn shm_unmap(file: *mut sqlite3_file, delete: c_int) -> c_int {
    file_call!(file, xShmUnmap(delete) else SQLITE_OK)
}
