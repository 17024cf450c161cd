//! A kernel that answers system calls as a test wants: refuses one, does half of it, or
//! says that nothing is there.
//!
//! A filter (seccomp) stops the calls at this process's own door, on the one thread that
//! asks for it and on those that it starts. A handler (of SIGSYS) then counts them, and
//! either answers in the kernel's place or makes the call itself, through a gate that the
//! filter lets through.
//!
//! What is answered is the process's, and so is what a library notices of it: see
//! `in_children`.

#![allow(dead_code, reason = "each test file uses a part of it")]

use std::arch::global_asm;
use std::ffi::{c_int, c_long, c_void};
use std::io;
use std::mem;
use std::ptr;
use std::sync::atomic::Ordering::SeqCst;
use std::sync::atomic::{AtomicBool, AtomicI32, AtomicI64, AtomicU64};
use std::sync::{Mutex, PoisonError};

/// What is answered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reply {
    /// With this error, and nothing is done.
    Fails(i32),
    /// With this number, and nothing is done.
    Says(i64),
    /// By the kernel, of so many bytes at most and whatever there is to wait for: of a
    /// call that moves bytes.
    Moves(u64),
}

/// All that go by scripts.
pub const EVERY: c_long = -1;

/// Which calls are answered so.
#[derive(Clone, Copy, Debug)]
pub struct Script {
    pub call: c_long,
    /// The first argument, if it matters: a descriptor.
    pub of: Option<c_int>,
    /// The first and the last that is answered so, counted from 1.
    pub from: u64,
    pub to: u64,
    pub reply: Reply,
}

impl Script {
    /// Every one from now on.
    pub fn always(call: c_long, reply: Reply) -> Self {
        Self {
            call,
            of: None,
            from: 1,
            to: u64::MAX,
            reply,
        }
    }

    /// The `nth` alone.
    pub fn once(call: c_long, nth: u64, reply: Reply) -> Self {
        Self {
            from: nth,
            to: nth,
            ..Self::always(call, reply)
        }
    }

    pub fn of(self, fd: c_int) -> Self {
        Self {
            of: Some(fd),
            ..self
        }
    }

    /// From now on, and as long as what it gives back is there.
    pub fn begin(self) -> Begun {
        assert!(!RUNS.load(SeqCst), "one script at a time");
        let (kind, value) = match self.reply {
            Reply::Fails(errno) => (FAILS, errno.into()),
            Reply::Says(number) => (SAYS, number),
            Reply::Moves(most) => (MOVES, most.cast_signed()),
        };
        CALL.store(self.call, SeqCst);
        OF.store(self.of.unwrap_or(ANY), SeqCst);
        FROM.store(self.from, SeqCst);
        TO.store(self.to, SeqCst);
        KIND.store(kind, SeqCst);
        VALUE.store(value, SeqCst);
        COUNT.store(0, SeqCst);
        RUNS.store(true, SeqCst);
        Begun(())
    }
}

/// A script that runs.
#[must_use = "it ends when it is dropped"]
pub struct Begun(());

impl Begun {
    /// How often the call was made since.
    pub fn calls(&self) -> u64 {
        COUNT.load(SeqCst)
    }
}

impl Drop for Begun {
    fn drop(&mut self) {
        RUNS.store(false, SeqCst);
    }
}

// The script, where a signal handler can read it.
static RUNS: AtomicBool = AtomicBool::new(false);
static CALL: AtomicI64 = AtomicI64::new(0);
static OF: AtomicI32 = AtomicI32::new(ANY);
static FROM: AtomicU64 = AtomicU64::new(0);
static TO: AtomicU64 = AtomicU64::new(0);
static KIND: AtomicI32 = AtomicI32::new(FAILS);
static VALUE: AtomicI64 = AtomicI64::new(0);
static COUNT: AtomicU64 = AtomicU64::new(0);

const ANY: c_int = -1;
const FAILS: c_int = 0;
const SAYS: c_int = 1;
const MOVES: c_int = 2;

/// Runs `body` on a thread where each of `calls` goes by the script of the time. `None`
/// where filters are not to be had.
pub fn with_scripts<T: Send + 'static>(
    calls: &'static [c_long],
    body: impl FnOnce() -> T + Send + 'static,
) -> Option<T> {
    static ONE_AT_A_TIME: Mutex<()> = Mutex::new(());
    let run = move || {
        let _guard = ONE_AT_A_TIME.lock().unwrap_or_else(PoisonError::into_inner);
        if let Err(error) = install(calls) {
            eprintln!("skipped: this system has no filters for us ({error})");
            return None;
        }
        Some(body())
    };
    match std::thread::spawn(run).join() {
        Ok(done) => done,
        Err(panic) => std::panic::resume_unwind(panic),
    }
}

fn install(calls: &[c_long]) -> io::Result<()> {
    // SAFETY: the handler does what is allowed there: it looks at atomics and makes
    // system calls. The action is a plain struct, of which the kernel reads a copy.
    unsafe {
        let mut action: libc::sigaction = mem::zeroed();
        action.sa_sigaction = on_stopped as *const () as libc::sighandler_t;
        action.sa_flags = libc::SA_SIGINFO | libc::SA_NODEFER;
        if libc::sigaction(libc::SIGSYS, &raw const action, ptr::null_mut()) != 0 {
            return Err(io::Error::last_os_error());
        }
    }
    let statement = |code: u32, k: u32, jf: u8| libc::sock_filter {
        code: code as u16,
        jt: 0,
        jf,
        k,
    };
    let load = |at: usize| statement(libc::BPF_LD | libc::BPF_W | libc::BPF_ABS, at as u32, 0);
    let unless = |k: u32, skip| statement(libc::BPF_JMP | libc::BPF_JEQ | libc::BPF_K, k, skip);
    let say = |what: u32| statement(libc::BPF_RET | libc::BPF_K, what, 0);
    let gate = &raw const buzzer_tests_gate_end as u64;
    // Who calls through the gate is let through: by where the call comes from.
    let ip = mem::offset_of!(libc::seccomp_data, instruction_pointer);
    let mut filter = vec![
        load(ip),
        unless(gate as u32, 3),
        load(ip + 4),
        unless((gate >> 32) as u32, 1),
        say(libc::SECCOMP_RET_ALLOW),
        load(mem::offset_of!(libc::seccomp_data, nr)),
    ];
    for call in calls {
        filter.extend([unless(*call as u32, 1), say(libc::SECCOMP_RET_TRAP)]);
    }
    filter.push(say(libc::SECCOMP_RET_ALLOW));
    let program = libc::sock_fprog {
        len: filter.len() as u16,
        filter: filter.as_mut_ptr(),
    };
    // SAFETY: the first call takes integers. The second reads the program, of the
    // length given; both are borrowed past the call.
    let code = unsafe {
        libc::prctl(libc::PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
        libc::prctl(
            libc::PR_SET_SECCOMP,
            libc::SECCOMP_MODE_FILTER,
            &raw const program,
        )
    };
    match code {
        0 => Ok(()),
        _ => Err(io::Error::last_os_error()),
    }
}

// The gate: a system call at an address that is known. It is given the number of the
// call and six arguments, and returns what the kernel does.
#[cfg(target_arch = "x86_64")]
global_asm!(
    ".globl buzzer_tests_gate",
    ".globl buzzer_tests_gate_end",
    "buzzer_tests_gate:",
    "mov rax, rdi",
    "mov rdi, [rsi]",
    "mov rdx, [rsi + 16]",
    "mov r10, [rsi + 24]",
    "mov r8, [rsi + 32]",
    "mov r9, [rsi + 40]",
    "mov rsi, [rsi + 8]",
    "syscall",
    "buzzer_tests_gate_end:",
    "ret",
);
#[cfg(target_arch = "aarch64")]
global_asm!(
    ".globl buzzer_tests_gate",
    ".globl buzzer_tests_gate_end",
    "buzzer_tests_gate:",
    "mov x8, x0",
    "mov x9, x1",
    "ldp x0, x1, [x9]",
    "ldp x2, x3, [x9, 16]",
    "ldp x4, x5, [x9, 32]",
    "svc 0",
    "buzzer_tests_gate_end:",
    "ret",
);

unsafe extern "C" {
    fn buzzer_tests_gate(call: c_long, arguments: *const u64) -> i64;
    static buzzer_tests_gate_end: u8;
}

/// The kernel's own answer.
fn kernel(call: c_long, arguments: [u64; 6]) -> i64 {
    // SAFETY: the arguments are those of whoever has made the call, or name less memory
    // than those, and are borrowed by it past the call.
    unsafe { buzzer_tests_gate(call, arguments.as_ptr()) }
}

/// A call of this thread was stopped by the filter.
extern "C" fn on_stopped(_: c_int, _: *mut libc::siginfo_t, context: *mut c_void) {
    // SAFETY: the kernel gives the registers of the thread that it has stopped, and takes
    // them back when this returns.
    let registers = unsafe { &mut (*context.cast::<libc::ucontext_t>()).uc_mcontext };
    let (call, arguments) = stopped(registers);
    set_result(registers, answer(call, arguments));
}

#[cfg(target_arch = "x86_64")]
fn stopped(registers: &libc::mcontext_t) -> (c_long, [u64; 6]) {
    use libc::{REG_R8, REG_R9, REG_R10, REG_RAX, REG_RDI, REG_RDX, REG_RSI};
    let of = |register: c_int| registers.gregs[register as usize];
    let arguments = [REG_RDI, REG_RSI, REG_RDX, REG_R10, REG_R8, REG_R9];
    (of(REG_RAX), arguments.map(|at| of(at).cast_unsigned()))
}

#[cfg(target_arch = "x86_64")]
fn set_result(registers: &mut libc::mcontext_t, result: i64) {
    registers.gregs[libc::REG_RAX as usize] = result;
}

#[cfg(target_arch = "aarch64")]
fn stopped(registers: &libc::mcontext_t) -> (c_long, [u64; 6]) {
    let arguments = std::array::from_fn(|n| registers.regs[n]);
    (registers.regs[8].cast_signed(), arguments)
}

#[cfg(target_arch = "aarch64")]
fn set_result(registers: &mut libc::mcontext_t, result: i64) {
    registers.regs[0] = result.cast_unsigned();
}

fn answer(call: c_long, arguments: [u64; 6]) -> i64 {
    let of = OF.load(SeqCst);
    let is_meant = RUNS.load(SeqCst)
        && [call, EVERY].contains(&CALL.load(SeqCst))
        && (of == ANY || arguments[0] as c_int == of);
    if !is_meant {
        return kernel(call, arguments);
    }
    let nth = COUNT.fetch_add(1, SeqCst) + 1;
    if !(FROM.load(SeqCst)..=TO.load(SeqCst)).contains(&nth) {
        return kernel(call, arguments);
    }
    let value = VALUE.load(SeqCst);
    match KIND.load(SeqCst) {
        FAILS => -value,
        SAYS => value,
        _ => moved(call, arguments, value.cast_unsigned()),
    }
}

/// The call with less room, and without flags that forbid to wait.
fn moved(call: c_long, mut arguments: [u64; 6], most: u64) -> i64 {
    match call {
        libc::SYS_read | libc::SYS_write | libc::SYS_recvfrom | libc::SYS_sendto => {
            arguments[2] = arguments[2].min(most);
            kernel(call, arguments)
        }
        libc::SYS_readv | libc::SYS_writev | libc::SYS_preadv2 | libc::SYS_pwritev2 => {
            // SAFETY: whoever has made the call gives so many, borrowed past it.
            let buffers = unsafe {
                let buffers = arguments[1] as *const libc::iovec;
                std::slice::from_raw_parts(buffers, arguments[2] as usize)
            };
            let first = buffers.iter().find(|buffer| buffer.iov_len > 0);
            let Some(&(mut first)) = first else {
                return kernel(call, arguments);
            };
            first.iov_len = first.iov_len.min(most as usize);
            arguments[1] = &raw const first as u64;
            arguments[2] = 1;
            // Those of the last two; the others look at three arguments.
            arguments[5] = 0;
            kernel(call, arguments)
        }
        libc::SYS_sendmsg | libc::SYS_recvmsg => {
            // SAFETY: whoever has made the call gives a header, and the buffers that it
            // names, borrowed past it.
            let (mut header, mut first) = unsafe {
                let header = *(arguments[1] as *const libc::msghdr);
                (header, *header.msg_iov)
            };
            first.iov_len = first.iov_len.min(most as usize);
            header.msg_iov = &raw mut first;
            header.msg_iovlen = 1;
            let theirs = arguments[1] as *mut libc::msghdr;
            arguments[1] = &raw mut header as u64;
            let result = kernel(call, arguments);
            if call == libc::SYS_recvmsg {
                // SAFETY: as above, and a call that receives may write to the header.
                unsafe { (*theirs).msg_flags = header.msg_flags };
            }
            result
        }
        _ => -i64::from(libc::ENOSYS),
    }
}
