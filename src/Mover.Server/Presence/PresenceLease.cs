using Mover.Core.AgentProtocol;
using Mover.State;

namespace Mover.Server.Presence;

/// <summary>The lease that this instance's holds on agents are bound to. Thread-safe.</summary>
internal sealed class PresenceLease(IStateStore store) : IDisposable
{
    /// <summary>The holds of an instance that is gone vanish within this time, and what the store takes to notice.</summary>
    public static readonly TimeSpan TimeToLive = TimeSpan.FromSeconds(8);

    /// <summary>
    /// How long an agent that nobody holds counts as it was, so that it can find another instance: with the lease, less than an agent may
    /// be silent. A second is left for the store.
    /// </summary>
    public static readonly TimeSpan Grace = AgentChannelLimits.OfflineAfter - TimeToLive - TimeSpan.FromSeconds(1);

    private readonly SemaphoreSlim _turn = new(1);
    private long _id;

    /// <summary>The lease; granted when there is none.</summary>
    public async Task<long> GetAsync(CancellationToken cancel)
    {
        await _turn.WaitAsync(cancel);
        try
        {
            if (_id == 0)
            {
                _id = await store.GrantLeaseAsync(TimeToLive, cancel);
            }

            return _id;
        }
        finally
        {
            _turn.Release();
        }
    }

    /// <summary>The lease that is held; 0 for none.</summary>
    public long Current => Interlocked.Read(ref _id);

    /// <summary>Restarts the lease's time; without one, or when it has lapsed, there is none afterwards.</summary>
    public async Task KeepAsync(CancellationToken cancel)
    {
        if (Current is > 0 and var id && !await store.KeepLeaseAsync(id, cancel))
        {
            Lose(id);
        }
    }

    /// <summary>A lease has lapsed.</summary>
    public void Lose(long id) => Interlocked.CompareExchange(ref _id, 0, id);

    /// <summary>Ends the lease with what is bound to it.</summary>
    public async Task RevokeAsync(CancellationToken cancel)
    {
        if (Interlocked.Exchange(ref _id, 0) is > 0 and var id)
        {
            await store.RevokeLeaseAsync(id, cancel);
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _turn.Dispose();
}
