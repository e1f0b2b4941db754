
namespace Mover.Server.Background;

/// <summary>
/// Which instance each of the <see cref="LoopNames"/> belongs to: the loops in their order are dealt out to the instances in theirs, so
/// that the shares of two instances differ by one loop at most. Everybody works it out alike from what the store says; while they see
/// different things, the lease decides. Thread-safe.
/// </summary>
internal sealed class LoopShares(InstanceTable table, Instance own, TimeProvider clock)
{
    /// <summary>How long an instance has been seen before work is dealt to it: one that restarts again and again moves none.</summary>
    public static readonly TimeSpan SettleTime = TimeSpan.FromSeconds(5);

    /// <summary>How often an owner looks whether its loop has become another's.</summary>
    public static readonly TimeSpan LookInterval = TimeSpan.FromSeconds(1);

    /// <summary>How long a free loop is left to the one that it belongs to; then whoever sees it takes it.</summary>
    public static readonly TimeSpan LeaveTime = TimeSpan.FromSeconds(3);

    /// <summary>How long an owner keeps a loop that it left to another in vain.</summary>
    public static readonly TimeSpan KeepTime = TimeSpan.FromMinutes(1);

    /// <summary>Work is spread evenly again within this time after an instance has come, and what a busy store takes.</summary>
    public static readonly TimeSpan SpreadMax = TimeSpan.FromSeconds(10);

    /// <summary>This instance.</summary>
    public Instance Own => own;

    /// <summary>Whether a loop belongs to another instance that lives.</summary>
    public bool IsAnothers(string loop) => HolderOf(loop) is { } holder && holder != own.Name;

    private string? HolderOf(string loop)
    {
        var settled = table.Live.Where(one => clock.GetElapsedTime(one.SeenAt) >= SettleTime).Select(one => one.Record.Name).ToList();
        return settled.Count == 0 ? null : settled[IndexOf(loop) % settled.Count];
    }

    private static int IndexOf(string loop)
    {
        for (var at = 0; at < LoopNames.All.Count; at++)
        {
            if (LoopNames.All[at] == loop)
            {
                return at;
            }
        }

        throw new ArgumentException($"'{loop}' is not a known loop.", nameof(loop));
    }
}
