using System.Collections.Concurrent;
using Mover.Client.Arm;
using Mover.Recovery.Snapshots;
using Mover.Server.Tests;
using static Mover.Recovery.Tests.Snapshots.EstateScene;

namespace Mover.Recovery.Tests.Snapshots;

public sealed class SnapshotWatchTests : IDisposable
{
    private static readonly TimeSpan Settle = TimeSpan.FromSeconds(30);

    private readonly SteppedClock _clock = new();
    private readonly CancellationTokenSource _stop = new();
    private readonly ConcurrentQueue<string> _lines = new();
    private string _estate = "one";
    private int _taken;
    private Exception? _fault;
    private SteppedClock.Wait? _pending;

    public void Dispose() => _stop.Dispose();

    [Fact]
    public async Task A_change_is_taken_when_it_has_settled_and_the_least_interval_has_passed()
    {
        var watching = Watch(new() { MinInterval = TimeSpan.FromMinutes(2), Every = TimeSpan.FromHours(1) }).RunAsync(null, _stop.Token);
        await LooksAsync(1);
        Assert.Equal(1, _taken);

        _estate = "two";
        await LooksAsync(3);
        Assert.Equal(1, _taken);
        await LooksAsync(1);
        Assert.Equal(2, _taken);
        await LooksAsync(10);
        Assert.Equal(2, _taken);
        await EndAsync(watching);
    }

    [Fact]
    public async Task An_estate_that_moves_is_left_to_settle_but_no_longer_than_the_schedule_says()
    {
        var watching = Watch(new() { MinInterval = Settle, Every = TimeSpan.FromMinutes(5) }).RunAsync(null, _stop.Token);
        await LooksAsync(1);
        for (var look = 0; look < 9; look++)
        {
            _estate = $"moves {look}";
            await LooksAsync(1);
        }

        var before = _taken;
        _estate = "moves again";
        await LooksAsync(1);

        Assert.Equal((1, 2), (before, _taken));
        await EndAsync(watching);
    }

    [Fact]
    public async Task A_server_that_is_away_is_asked_less_and_less_and_the_lines_say_since_when()
    {
        var watching = Watch(new()).RunAsync(_clock.GetUtcNow().AddHours(-3), _stop.Token);
        await LooksAsync(1);
        _fault = new UnreachableServerException("https://mover.example", neverSent: true, new IOException("refused"));

        var waits = new List<double>();
        for (var look = 0; look < 7; look++)
        {
            waits.Add(_pending!.Due.TotalSeconds);
            await LooksAsync(1);
        }

        _fault = null;
        await LooksAsync(1);
        await EndAsync(watching);

        Assert.Equal([30, 30, 60, 120, 240, 300, 300], waits);
        Assert.Contains("the last good snapshot is 3 h 00 min old", _lines.First(), StringComparison.Ordinal);
        Assert.Contains(_lines, line => line.Contains("Failing since 2030-01-01 00:00:30Z", StringComparison.Ordinal) && line.EndsWith("the last good snapshot is 13 min old", StringComparison.Ordinal));
        Assert.Contains(_lines, line => line.Contains("snapshot 0123456789ab: No change, after failures for", StringComparison.Ordinal));
        Assert.EndsWith("stopped; the last good snapshot is 0 s old", _lines.Last(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task What_keeps_the_first_snapshot_from_being_taken_at_all_ends_the_watch()
    {
        _fault = new RecoveryException("DetachedHead", "No branch.", "Switch.");

        await Assert.ThrowsAsync<RecoveryException>(() => Watch(new()).RunAsync(null, _stop.Token));
    }

    [Fact]
    public async Task A_real_estate_is_followed_into_a_repository()
    {
        using var folder = new TempFolder();
        await using var server = await TestServer.StartAsync();
        await server.CreateJobAsync();
        using var client = ClientOf(server);
        var taker = new SnapshotTaker(client, Options(server), TimeProvider.System);
        var repository = new SnapshotRepository(new() { Folder = folder.At("r") }, TimeProvider.System);
        var watch = new SnapshotWatch(
            taker.LookAsync, async cancel => await repository.SaveAsync(await taker.TakeAsync(cancel), cancel), _lines.Enqueue,
            new() { MinInterval = Settle }, _clock);

        var watching = watch.RunAsync(null, _stop.Token);
        await LooksAsync(1);
        await server.CreateAsync(server.Definition("j2"), Some.DefinitionBody);
        await LooksAsync(4);
        await EndAsync(watching);

        Assert.Equal(
            ["First snapshot of resource group g1: 6 resources", "job definition j2 added"],
            _lines.Where(line => line.Contains(" snapshot ", StringComparison.Ordinal) && !line.Contains("stopped", StringComparison.Ordinal)).Select(line => line[(line.IndexOf(": ", StringComparison.Ordinal) + 2)..]));
    }

    private SnapshotWatch Watch(WatchOptions options) => new(
        _ => _fault is null ? Task.FromResult(_estate) : Task.FromException<string>(_fault),
        _ =>
        {
            _taken++;
            return Task.FromResult(new SnapshotSaved(IsNew: false, "0123456789abcdef", "No change", null));
        },
        _lines.Enqueue, options, _clock);

    // When a wait begins, the look before it is over; the last one stays.
    private async Task LooksAsync(int looks)
    {
        for (var look = 0; look < looks; look++)
        {
            if (_pending is not null)
            {
                _clock.Pass(_pending);
            }

            _pending = await _clock.NextAsync();
        }
    }

    private async Task EndAsync(Task watching)
    {
        await _stop.CancelAsync();
        await watching;
    }
}
