using System.Text;

namespace Mover.State.Copies;

/// <summary>
/// The writes of a copy: in commits as large as the contract allows, some under way at a time, each on condition that the store's
/// unfinished mark is still this attempt's. A commit of unknown outcome is sent again, which changes nothing if it was applied.
/// </summary>
internal sealed class CopyWrites(IStateStore target, StateCondition condition, TimeProvider clock)
{
    /// <summary>How long a store that does not answer is waited for.</summary>
    public static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    private const int UnderWayMax = 8;
    private const int BatchBytesMax = 1024 * 1024;
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(200);

    private readonly List<StateWrite> _batch = [];
    private readonly List<Task> _underWay = [];
    private int _bytes;

    /// <summary>Writes made so far; some of them may be under way.</summary>
    public long Count { get; private set; }

    /// <summary>Takes a write; sends what was gathered when it is enough.</summary>
    public async ValueTask AddAsync(string key, ReadOnlyMemory<byte>? value, CancellationToken cancel)
    {
        var bytes = Encoding.UTF8.GetByteCount(key) + (value?.Length ?? 0);
        if (_batch.Count == StateLimits.CommitOperationsMax || (_batch.Count > 0 && _bytes + bytes > BatchBytesMax))
        {
            await SendAsync(cancel);
        }

        _batch.Add(new(key, value));
        _bytes += bytes;
        Count++;
    }

    /// <summary>Waits until everything is written.</summary>
    public async Task FlushAsync(CancellationToken cancel)
    {
        if (_batch.Count > 0)
        {
            await SendAsync(cancel);
        }

        await SettleAsync();
    }

    /// <summary>Waits for what is under way, whatever becomes of it; the first fault is thrown.</summary>
    public async Task SettleAsync()
    {
        var all = _underWay.ToArray();
        _underWay.Clear();
        await Task.WhenAll(all);
    }

    /// <summary>A commit that may be sent again; false when a condition does not hold.</summary>
    public static async Task<bool> RepeatAsync(
        IStateStore target, StateCondition[] conditions, StateWrite[] writes, TimeProvider clock, CancellationToken cancel)
    {
        var begun = clock.GetTimestamp();
        while (true)
        {
            try
            {
                return (await target.CommitAsync(conditions, writes, cancel)).Outcome == CommitOutcome.Committed;
            }
            catch (StateException fault) when (
                fault.Fault is StateFault.OutcomeUnknown or StateFault.Unavailable && clock.GetElapsedTime(begun) < Patience)
            {
                await Task.Delay(Pause, clock, cancel);
            }
        }
    }

    private async ValueTask SendAsync(CancellationToken cancel)
    {
        cancel.ThrowIfCancellationRequested();
        if (_underWay.Count == UnderWayMax)
        {
            var done = await Task.WhenAny(_underWay);
            _underWay.Remove(done);
            await done;
        }

        _underWay.Add(CommitAsync([.. _batch], cancel));
        _batch.Clear();
        _bytes = 0;
    }

    private async Task CommitAsync(StateWrite[] writes, CancellationToken cancel)
    {
        if (!await RepeatAsync(target, [condition], writes, clock, cancel))
        {
            throw Overtaken();
        }
    }

    internal static StateException Overtaken() => new(
        StateFault.Contended, "Another copy or a server also started writing to this store. This command stopped writing.");
}
