using Mover.Server.Arm;
using Mover.Server.Keys;
using Mover.Server.Settings;
using Mover.Server.Tls;
using Mover.State;
using Mover.State.Copies;
using Mover.State.Documents;
using Mover.State.Mirror;

namespace Mover.Server.Regions.Drills;

/// <summary>A server that a drill has started.</summary>
internal interface IScratchServer : IAsyncDisposable
{
    /// <summary>Where it answers.</summary>
    IReadOnlyList<string> Urls { get; }
}

/// <summary>Starts a server for a drill.</summary>
internal delegate Task<IScratchServer> StartScratch(ServerOptions options, TimeProvider clock, CancellationToken cancel);

/// <summary>
/// A standby of a drill's own: the copy of this region in a store of its own, served at loopback. Its pair has no address, so it is
/// contacted by nobody and contacts nobody; what it writes goes into its folder.
/// </summary>
internal sealed class DrillScratch : IAsyncDisposable
{
    private readonly string _folder;
    private readonly IScratchServer _host;

    private DrillScratch(string folder, IScratchServer host) => (_folder, _host) = (folder, host);

    /// <summary>Where it is served.</summary>
    public string Url => _host.Urls[0];

    /// <summary>The authority of its certificate.</summary>
    public string AuthorityFile => new TlsFiles(_folder).AuthorityPath;

    /// <summary>
    /// Writes a copy into a folder, compares the two, and puts the standby's role beside it. Throws <see cref="StateException"/>.
    /// </summary>
    public static async Task<CopyResult> CopyAsync(
        IStateSnapshot copy, RegionRole role, string folder, TimeProvider clock, ILoggerFactory loggers, CancellationToken cancel)
    {
        await using var store = await StateEngine.Sqlite.OpenAsync(new(folder, MustExist: false, clock, loggers), cancel);
        var stamp = new WriteStamp(Caller.Service.Name, Caller.Service.Type, clock.GetUtcNow(), nameof(RegionDrill));
        var copied = await new StateCopy(copy, store, new(CopyKinds.Copy, stamp), clock).RunAsync(null, cancel);

        // Where it lies is all that differs from the role of the standby itself.
        var own = new RegionRole(role.Epoch, role.Holder, RegionDuty.Standby, string.Empty, role.ClaimEpochBase, role.Since, role.By)
        {
            Mirror = role.Mirror is { } position ? position with { Sync = null } : null,
        };
        await new RegionSeat(null, 0).ChangeAsync(store, own, [], cancel);
        return copied;
    }

    /// <summary>Serves it, as the standby that it is.</summary>
    public static async Task<DrillScratch> StartAsync(
        string folder, ServerOptions options, string pair, TimeProvider clock, Action<ILoggingBuilder> logging, StartScratch start,
        CancellationToken cancel)
    {
        // Everything that reaches beyond this process is left out, whatever the standby itself is started with.
        var own = new ServerOptions
        {
            DataFolder = folder,
            Urls = ["https://127.0.0.1:0"],
            Store = StateEngine.Sqlite,
            KeyRing = options.KeyRing ?? KeyRing.OwnPath(options.DataFolder),
            Region = options.Region,
            Regions = options.Regions,
            Zone = options.Zone,
            Pair = new(pair, []),
            InstanceName = nameof(RegionDrill),
            PageSize = ServerOptions.PageSizeMax,
            Issuers = options.Issuers,
            AuditRetention = options.AuditRetention,
            AsyncDialect = options.AsyncDialect,
            Logging = logging,
        };
#pragma warning disable CA2000 // The scratch disposes it.
        return new(folder, await start(own, clock, cancel));
#pragma warning restore CA2000
    }

    /// <inheritdoc/>
    public ValueTask DisposeAsync() => _host.DisposeAsync();
}
