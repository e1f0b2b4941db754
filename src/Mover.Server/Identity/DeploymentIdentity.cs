using Mover.Server.Arm;
using Mover.Server.DataFolders;
using Mover.State;
using Mover.State.Documents;

namespace Mover.Server.Identity;

/// <summary>
/// Who this control plane is: one sealed document of the store that all its instances share, in memory as this instance has last read it.
/// Safe for concurrent use.
/// </summary>
internal sealed class DeploymentIdentity(
    DocumentStore documents, IdentitySeal seal, IdentitySnapshot opened, TimeProvider clock) : IDisposable
{
    /// <summary>Where it is in the store.</summary>
    public static readonly DocumentKey Key = DocumentKey.Internal("identity", "deployment");

    /// <summary>Unknown keys make nobody read it more often than this.</summary>
    private static readonly TimeSpan RefreshMin = TimeSpan.FromSeconds(1);

    private readonly SemaphoreSlim _refreshing = new(1);
    private IdentitySnapshot _current = opened;
    private long? _refreshedAt;

    /// <summary>As it was last read.</summary>
    public IdentitySnapshot Current => Volatile.Read(ref _current);

    /// <summary>Where the keys come from that seal it.</summary>
    public string RingPlace => seal.Ring.Place;

    /// <summary>
    /// For something that names a key which is not known here: reads the store again, once a second at most, which is waited for. True when
    /// another version was found.
    /// </summary>
    public async Task<bool> RefreshAsync(CancellationToken cancel)
    {
        var (known, came) = (Current.Info.Version, clock.GetTimestamp());
        await _refreshing.WaitAsync(cancel);
        try
        {
            // One read answers everybody who came before it.
            if (Current.Info.Version == known && !(_refreshedAt > came))
            {
                if (_refreshedAt is { } at && clock.GetElapsedTime(at) is var since && since < RefreshMin)
                {
                    await Task.Delay(RefreshMin - since, clock, cancel);
                }

                _refreshedAt = clock.GetTimestamp();
                await ReadAsync(cancel);
            }

            return Current.Info.Version != known;
        }
        finally
        {
            _refreshing.Release();
        }
    }

    /// <summary>Reads the store.</summary>
    public async Task ReadAsync(CancellationToken cancel)
    {
        var found = await documents.GetAsync(Key, IdentityJson.Default.StoredIdentity, cancel) ?? throw new StateException(
            StateFault.Damaged, "The control plane's identity is missing from its store; restore the store from a backup.");
        await UseAsync(found, cancel);
    }

    /// <summary>
    /// Changes it: for every instance at once that hears of it, and on disk when this answers. The change may run more than once and
    /// answers null to leave everything as it is.
    /// </summary>
    public async Task ChangeAsync(
        Func<IdentityContent, IdentityContent?> change, WriteStamp stamp, CancellationToken cancel, bool renewsRing = false)
    {
        var rounds = documents.Rounds();
        do
        {
            await ReadAsync(cancel);
            var before = Current;
            if (renewsRing)
            {
                await seal.Ring.RenewAsync(before.SealedWith, cancel);
            }

            if (change(before.Content) is not { } after)
            {
                return;
            }

            var stored = await seal.SealAsync(after, IdentitySnapshot.FactsOf(after), cancel);
            if (await documents.PutAsync(
                Key, stored, IdentityJson.Default.StoredIdentity, DocumentCondition.Unchanged(before.Info), stamp, cancel) is { } saved)
            {
                Use(new(after, saved.Info, stored.WrappedKey.KeyId));
                return;
            }
        }
        while (await rounds.NextAsync(cancel));

        throw new StateException(
            StateFault.Contended, $"The control plane's identity kept changing for {Rounds.Bound.TotalSeconds} s; retry.");
    }

    /// <summary>A change that nobody asked for.</summary>
    public WriteStamp ServiceStamp() =>
        new(Caller.Service.Name, Caller.Service.Type, clock.GetUtcNow(), Guid.NewGuid().ToString());

    /// <inheritdoc/>
    public void Dispose() => _refreshing.Dispose();

    private async Task UseAsync(Document<StoredIdentity> found, CancellationToken cancel)
    {
        if (found.Info.Version == Current.Info.Version)
        {
            return;
        }

        try
        {
            Use(new(await seal.OpenAsync(found.Value, cancel), found.Info, found.Value.WrappedKey.KeyId));
        }
        catch (DataFolderException fault)
        {
            // Others rotate keys that this instance cannot have: it judges nothing that it does not know.
            throw new StateException(StateFault.Unavailable, fault.Message, fault);
        }
    }

    // A slow read never puts an older version in the place of a newer one.
    private void Use(IdentitySnapshot read)
    {
        while (true)
        {
            var before = Current;
            if (read.Info.Version <= before.Info.Version)
            {
                return;
            }

            if (Interlocked.CompareExchange(ref _current, read, before) == before)
            {
                return;
            }
        }
    }
}
