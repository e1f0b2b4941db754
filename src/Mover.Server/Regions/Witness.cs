using System.Text.Json;
using Mover.State;
using Mover.State.Mirror;

namespace Mover.Server.Regions;

/// <summary>Which region serves, or did: as the witness keeps it.</summary>
/// <param name="Region">Its name.</param>
/// <param name="StoreId">The name of its store; one that was restored has another.</param>
/// <param name="Epoch">The epoch in which it serves.</param>
internal sealed record ServingRecord(string Region, string StoreId, long Epoch);

/// <summary>What the witness says of a pair, at one revision.</summary>
/// <param name="WitnessId">The name of its store.</param>
/// <param name="Held">Who has the right to serve; null while nobody has.</param>
/// <param name="HeldRevision">The revision of that.</param>
/// <param name="LeaseId">The lease that it lasts with.</param>
/// <param name="Last">Who served last, which no lease ends; null for nobody yet.</param>
/// <param name="LastRevision">The revision of that.</param>
internal sealed record WitnessRead(
    string WitnessId, ServingRecord? Held, long HeldRevision, long LeaseId, ServingRecord? Last, long LastRevision);

/// <summary>
/// A third place that decides which region of a pair serves, and that both lose only when they are cut off: a key under a lease for who
/// has the right, and a key without one for who served last. It is asked with a bound, and opened again when it was away. Faults are
/// <see cref="StateException"/>. Safe for concurrent use.
/// </summary>
internal sealed class Witness(StateEngine engine, StateHost host, string own, string pair, TimeSpan answerMax) : IAsyncDisposable
{
    private const string Prefix = "witness/";

    private readonly string _right = Prefix + Pair(own, pair) + "/right";
    private readonly string _last = Prefix + Pair(own, pair) + "/last";
    private readonly SemaphoreSlim _opening = new(1);
    private IStateStore? _store;
    private string? _id;

    /// <summary>How it is shown; without credentials.</summary>
    public string Name => engine.Name;

    /// <summary>Who has the right, and who served last.</summary>
    public Task<WitnessRead> ReadAsync(CancellationToken cancel) => AskAsync(
        async (store, stop) =>
        {
            var read = await store.ReadAsync([_right, _last], stop);
            var (held, last) = (read.Entries[0], read.Entries[1]);
            return new WitnessRead(
                _id ??= await RegionKeys.StoreIdAsync(store, stop), Parse(held), held?.ModRevision ?? 0, held?.LeaseId ?? 0,
                Parse(last), last?.ModRevision ?? 0);
        },
        cancel);

    /// <summary>
    /// Takes the right, when nothing has changed since it was read, and with <paramref name="serves"/> notes who serves; false when
    /// something has.
    /// </summary>
    public Task<bool> TakeAsync(WitnessRead read, ServingRecord own, bool serves, TimeSpan lease, CancellationToken cancel) => AskAsync(
        async (store, stop) =>
        {
            var id = await store.GrantLeaseAsync(lease, stop);
            var bytes = Bytes(own);
            var taken = await store.CommitAsync(
                [new(_right, read.HeldRevision), new(_last, read.LastRevision)],
                [new(_right, bytes, id), .. serves ? (StateWrite[])[new(_last, bytes)] : []], stop);

            // Whoever had it does not keep it by keeping the lease.
            var isTaken = taken.Outcome == CommitOutcome.Committed;
            if ((isTaken ? read.LeaseId : id) is not 0 and var over)
            {
                await store.RevokeLeaseAsync(over, stop);
            }

            return isTaken;
        },
        cancel);

    /// <summary>Notes that whoever has the right serves; false when something has changed since it was read.</summary>
    public Task<bool> NoteAsync(WitnessRead read, ServingRecord own, CancellationToken cancel) => AskAsync(
        async (store, stop) => (await store.CommitAsync(
            [new(_right, read.HeldRevision), new(_last, read.LastRevision)],
            [new(_right, Bytes(own), read.LeaseId), new(_last, Bytes(own))], stop)).Outcome == CommitOutcome.Committed,
        cancel);

    /// <summary>Begins the time of the right again; false when it has lapsed.</summary>
    public Task<bool> KeepAsync(long leaseId, CancellationToken cancel) =>
        AskAsync(async (store, stop) => await store.KeepLeaseAsync(leaseId, stop), cancel);

    /// <summary>Gives the right up.</summary>
    public Task ReleaseAsync(long leaseId, CancellationToken cancel) => AskAsync(
        async (store, stop) =>
        {
            await store.RevokeLeaseAsync(leaseId, stop);
            return true;
        },
        cancel);

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        _opening.Dispose();
        if (_store is { } store)
        {
            await store.DisposeAsync();
        }
    }

    private async Task<T> AskAsync<T>(Func<IStateStore, CancellationToken, Task<T>> ask, CancellationToken cancel)
    {
        using var limit = new CancellationTokenSource(answerMax, host.Clock);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(cancel, limit.Token);
        try
        {
            return await ask(await OpenAsync(either.Token), either.Token).WaitAsync(either.Token);
        }
        catch (OperationCanceledException) when (!cancel.IsCancellationRequested)
        {
            throw new StateException(
                StateFault.Unavailable, $"The witness {Name} did not respond within {answerMax.TotalSeconds:0.#} s.");
        }
    }

    private async Task<IStateStore> OpenAsync(CancellationToken cancel)
    {
        await _opening.WaitAsync(cancel);
        try
        {
            return _store ??= await engine.OpenAsync(host, cancel);
        }
        finally
        {
            _opening.Release();
        }
    }

    private ServingRecord? Parse(StateEntry? entry)
    {
        try
        {
            return entry is null ? null : JsonSerializer.Deserialize(entry.Value.Span, PeerJson.Default.ServingRecord);
        }
        catch (JsonException damage)
        {
            throw new StateException(StateFault.Damaged, $"'{entry?.Key}' of the witness {Name} is damaged: {damage.Message}", damage);
        }
    }

    private static byte[] Bytes(ServingRecord record) => JsonSerializer.SerializeToUtf8Bytes(record, PeerJson.Default.ServingRecord);

    private static string Pair(string one, string other) =>
        string.CompareOrdinal(one, other) < 0 ? $"{one}+{other}" : $"{other}+{one}";
}
