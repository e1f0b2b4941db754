using System.Net;
using System.Reflection;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Mover.Server.Background;
using Mover.Server.Presence;
using Mover.Server.Settings;
using Mover.State;
using Mover.State.Documents;

namespace Mover.Server.Instances;

/// <summary>
/// Tells the others of this instance for as long as it lives, under the lease of its holds, and follows what they tell of themselves.
/// </summary>
internal sealed partial class InstanceLoop(
    IStateStore store, DocumentStore documents, PresenceLease lease, InstanceTable table, Instance instance, Departure departure,
    ServerOptions options, IServer server, IHostApplicationLifetime lifetime, TimeProvider clock, ILogger<InstanceLoop> logger)
    : TirelessLoop(TimeSpan.FromSeconds(1), clock, logger)
{
    /// <summary>An instance that lost its lease and lives is known again within this time.</summary>
    public static readonly TimeSpan TellInterval = TimeSpan.FromSeconds(2);

    private const string Prefix = InstanceRecord.Area + "/";

    private static readonly string OwnVersion = (typeof(InstanceLoop).Assembly
        .GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion ?? "0.0.0").Split('+')[0];

    private readonly DocumentKey _key = InstanceRecord.KeyOf(instance);
    private InstanceRecord? _own;

    /// <inheritdoc/>
    protected override async Task WorkAsync(CancellationToken cancel)
    {
        var page = await store.ListAsync(Prefix, null, StateLimits.PageEntriesMax, cancel);
        table.Replace(page.Entries);
        await Together.UntilOneEndsAsync(cancel, stop => WatchAsync(page.Revision, stop), TellAsync);
    }

    private async Task WatchAsync(long revision, CancellationToken cancel)
    {
        await foreach (var seen in store.WatchAsync(Prefix, revision, cancel))
        {
            foreach (var change in seen.Changes)
            {
                table.Set(change.Key, change.Entry);
            }
        }
    }

    private async Task TellAsync(CancellationToken cancel)
    {
        _own ??= await DescribeAsync(cancel);
        var told = 0L;
        while (true)
        {
            if (!departure.HasBegun && (told == 0 || told != lease.Current))
            {
                told = await WriteAsync(_own, cancel);
            }

            await Task.Delay(TellInterval, Clock, cancel);
        }
    }

    private async Task<long> WriteAsync(InstanceRecord own, CancellationToken cancel)
    {
        var id = await lease.GetAsync(cancel);
        var before = await documents.GetInfoAsync(_key, cancel);
        try
        {
            var commit = await documents.CommitAsync(
                [DocumentWrite.Put(_key, own, InstanceJson.Default.InstanceRecord, DocumentCondition.AsRead(before), id)], Stamp(), cancel);
            return commit.Committed ? id : 0;
        }
        catch (StateException lapsed) when (lapsed.Fault == StateFault.LeaseLapsed)
        {
            lease.Lose(id);
            return 0;
        }
    }

    private async Task<InstanceRecord> DescribeAsync(CancellationToken cancel)
    {
        // Which ports are taken is known once the server listens.
        var started = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        using var registered = lifetime.ApplicationStarted.Register(() => started.TrySetResult());
        await started.Task.WaitAsync(cancel);
        var bound = server.Features.Get<IServerAddressesFeature>()?.Addresses ?? [];
        var addresses = AdvertisedAddress.Of(bound, options.Advertised, Dns.GetHostName());
        var list = string.Join(", ", addresses);
        Log.Told(Logger, instance.Name, options.Zone, list);
        if (options.Store.IsShared || options.Advertised.Count > 0)
        {
            foreach (var local in addresses.Where(AdvertisedAddress.IsLocal))
            {
                Log.Local(Logger, local);
            }
        }

        return new(instance.Name, options.Zone, addresses, OwnVersion, Clock.GetUtcNow());
    }

    private WriteStamp Stamp() =>
        new(Arm.Caller.Service.Name, Arm.Caller.Service.Type, Clock.GetUtcNow(), Guid.NewGuid().ToString(), Routine: true);

    private static partial class Log
    {
        [LoggerMessage(4161, LogLevel.Information, "Instance {Instance} in zone {Zone} advertises {Addresses} to clients.")]
        public static partial void Told(ILogger logger, string instance, string zone, string addresses);

        [LoggerMessage(4162, LogLevel.Warning,
            "Advertising {Address}, which other machines cannot reach. Set --advertise to a name or address of this machine.")]
        public static partial void Local(ILogger logger, string address);
    }
}
