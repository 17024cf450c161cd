use std::time::Duration;
use buzzer::runtime::Builder;
use buzzer::time::{sleep, timeout, Instant};

#[test]
fn smoke() {
    let v = buzzer::block_on(async {
        let a = buzzer::spawn(async { 1 });
        let b = buzzer::spawn(async { sleep(Duration::from_millis(3)).await; 2 });
        let c = buzzer::task::spawn_blocking(|| 3);
        let p = buzzer::spawn(async { panic!("x") });
        assert!(p.await.unwrap_err().is_panic());
        a.await.unwrap() + b.await.unwrap() + c.await.unwrap()
    });
    assert_eq!(v, 6);
    let rt = Builder::new_current_thread().start_paused(true).build().unwrap();
    rt.block_on(async {
        let t = Instant::now();
        sleep(Duration::from_secs(1000)).await;
        assert_eq!(t.elapsed(), Duration::from_secs(1000));
        assert!(timeout(Duration::from_secs(1), std::future::pending::<()>()).await.is_err());
        let j = buzzer::task::spawn_blocking(|| std::thread::sleep(Duration::from_millis(20)));
        let s = Instant::now();
        drop(j);
        sleep(Duration::from_secs(5)).await;
        assert_eq!(s.elapsed(), Duration::from_secs(5));
        let (tx, rx) = async_channel::bounded(1);
        let h = buzzer::runtime::Handle::current();
        let t = std::thread::spawn(move || { let j = h.spawn(async move { rx.recv().await.unwrap() }); tx.send_blocking(9).unwrap(); j });
        let j = t.join().unwrap();
        assert_eq!(j.await.unwrap(), 9);
        let h = buzzer::spawn(std::future::pending::<()>());
        h.abort();
        assert!(h.await.unwrap_err().is_cancelled());
    });
}
