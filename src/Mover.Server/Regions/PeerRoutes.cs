using System.Buffers;
using System.Globalization;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using Mover.Core.Arm;
using Mover.Server.Arm;
using Mover.Server.Background;
using Mover.Server.Settings;
using Mover.State;
using Mover.State.Mirror;

namespace Mover.Server.Regions;

/// <summary>
/// What the servers of the other region ask, below <c>/region/</c>: who serves (<c>word</c>), the state (<c>entries</c>, <c>changes</c>),
/// to hand over (<c>drain</c>), to go on after all (<c>resume</c>), and not to take over (<c>promise</c>). Nobody else is answered;
/// nothing of it leaves the geography.
/// </summary>
internal sealed partial class PeerRoutes(
    RegionMembership region, IStateStore state, InstanceTable instances, TimeProvider clock, ILogger<PeerRoutes> logger)
{
    private const string Prefix = "/region/";
    private const int RequestBytesMax = 1024;
    private const double PromiseSecondsMax = 120;
    private const int AttemptsMax = 10;

    /// <summary>Answers what is below the prefix, and passes on everything else.</summary>
    public async Task InvokeAsync(HttpContext http, RequestDelegate next)
    {
        if (!http.Request.Path.StartsWithSegments("/region", out var rest))
        {
            await next(http);
            return;
        }

        if (region.Pass is null || region.Options.Pair is not { } pair)
        {
            await ArmErrors.UnknownRoute(Prefix).WriteAsync(http);
            return;
        }

        var header = http.Request.Headers.Authorization.ToString();
        var pass = header.StartsWith(RegionPass.Scheme + " ", StringComparison.Ordinal) ? header[(RegionPass.Scheme.Length + 1)..] : null;
        var caller = await region.Pass.CheckAsync(pass, http.RequestAborted);
        if (caller is null)
        {
            await ArmErrors.AuthenticationFailed().WriteAsync(http);
            return;
        }

        // The caller's geography is what this region's catalogue says of it, whatever the caller thinks.
        if (caller != pair.Region || RegionPair.Refuse(region.Options.Regions, region.Options.Region, caller) is not null)
        {
            Log.Refused(logger, caller, pair.Region);
            await ArmErrors.RegionNotPaired(caller, region.Options.Region).WriteAsync(http);
            return;
        }

        await AnswerAsync(http, rest.Value ?? string.Empty);
    }

    private async Task AnswerAsync(HttpContext http, string what)
    {
        var cancel = http.RequestAborted;
        switch (http.Request.Method, what)
        {
            case ("GET", "/word"):
                await WriteWordAsync(http, await RegionSeat.ReadAsync(region.Store, cancel));
                break;
            case ("GET", "/entries"):
                var key = http.Request.Query["after"].ToString();
                await WritePartAsync(http, source => source.ListAsync(key.Length == 0 ? null : key, cancel));
                break;
            case ("GET", "/changes"):
                var ok = long.TryParse(http.Request.Query["after"], NumberStyles.None, CultureInfo.InvariantCulture, out var after);
                await (ok
                    ? WritePartAsync(http, source => ChangesAsync(source, after, http.Request.Query["kept"] == "1", cancel))
                    : ArmErrors.InvalidContent("'after' must be a revision.").WriteAsync(http));
                break;
            case ("POST", "/drain"):
                await DrainAsync(http);
                break;
            case ("POST", "/resume"):
                await ResumeAsync(http);
                break;
            case ("POST", "/promise"):
                await PromiseAsync(http);
                break;
            default:
                await ArmErrors.UnknownRoute(http.Request.Path.ToUriComponent()).WriteAsync(http);
                break;
        }
    }

    private async Task WritePartAsync(HttpContext http, Func<IMirrorSource, Task<MirrorPart>> read)
    {
        var role = region.Seat.Role;
        if (role is null or { Duty: RegionDuty.Standby } || http.Request.Query["store"] != region.StoreId
            || http.Request.Query["epoch"] != role.Epoch.ToString(CultureInfo.InvariantCulture))
        {
            await ArmErrors.RegionNotServing(region.Options.Region).WriteAsync(http);
            return;
        }

        MirrorPart part;
        try
        {
            part = await read(new MirrorSource(state, new(region.StoreId, role.Epoch, role.ServedFrom), clock));
        }
        catch (StateException gone) when (gone.Fault == StateFault.HistoryGone)
        {
            await ArmErrors.HistoryGone().WriteAsync(http);
            return;
        }

        var buffer = new ArrayBufferWriter<byte>(64 * 1024);
        MirrorFrames.Write(part, buffer);
        http.Response.ContentType = "application/octet-stream";
        http.Response.ContentLength = buffer.WrittenCount;
        await http.Response.Body.WriteAsync(buffer.WrittenMemory, http.RequestAborted);
    }

    // What is asked for next says what has arrived. The other servers of this region hear of it by the store.
    private async Task<MirrorPart> ChangesAsync(IMirrorSource source, long after, bool isKept, CancellationToken cancel)
    {
        if (isKept && region.Options.MaxLag is not null)
        {
            var copied = region.Confirmation.Asked(after);
            if (region.Options.Store.IsShared)
            {
                await region.Store.CommitAsync(
                    [], [new(RegionKeys.Copied, JsonSerializer.SerializeToUtf8Bytes(copied, PeerJson.Default.CopiedUpTo))], cancel);
            }
        }

        var asked = clock.GetUtcNow();
        var part = await source.ChangesAsync(after, isKept, cancel);
        if (isKept && part.CompleteAfter is { } complete)
        {
            region.Confirmation.Told(new(part.Revision, asked + complete));
        }

        return part;
    }

    // A key under a lease keeps this region from taking over; a failover is on condition that there is none.
    private async Task PromiseAsync(HttpContext http)
    {
        var cancel = http.RequestAborted;
        var request = await ReadAsync(http, PeerJson.Default.PromiseRequest);
        var seconds = request?.LeaseSeconds is { } asked and > 0 and < PromiseSecondsMax ? asked : 0;
        for (var attempt = 0; seconds > 0 && attempt < AttemptsMax; attempt++)
        {
            var seat = await RegionSeat.ReadAsync(region.Store, cancel);
            if (seat.Role is not { Duty: RegionDuty.Standby } role || role.Epoch > request?.Epoch
                || (role.Mirror is { } copy && copy.SourceId != request?.StoreId && copy.SourceEpoch >= request?.Epoch))
            {
                break;
            }

            var lasts = TimeSpan.FromSeconds(Math.Max(seconds, StateLimits.LeaseMin.TotalSeconds));
            var lease = await region.Store.GrantLeaseAsync(lasts, cancel);
            var noted = await region.Store.CommitAsync([seat.Fence], [new(RegionKeys.Promise, Array.Empty<byte>(), lease)], cancel);
            if (noted.Outcome == CommitOutcome.Committed)
            {
                http.Response.StatusCode = StatusCodes.Status204NoContent;
                return;
            }

            await region.Store.RevokeLeaseAsync(lease, cancel);
        }

        await ArmErrors.NotPromised(region.Options.Region).WriteAsync(http);
    }

    // The first commit ends the writes; its revision is the last one, which the second notes. Before that nobody takes over. Asked again,
    // it begins its time again.
    private async Task DrainAsync(HttpContext http)
    {
        var cancel = http.RequestAborted;
        var request = await ReadAsync(http, PeerJson.Default.DrainRequest);
        for (var attempt = 0; attempt < AttemptsMax; attempt++)
        {
            var seat = await RegionSeat.ReadAsync(region.Store, cancel);
            if (seat.Role is not { Duty: not RegionDuty.Standby } role || role.Epoch != request?.Epoch)
            {
                break;
            }

            var draining = RegionHandover.Drain(role, clock.GetUtcNow());
            var drained = await region.ChangeAsync(seat, draining, [], cancel);
            if (drained is not null && role.DrainedAt == 0)
            {
                drained = await region.ChangeAsync(drained, draining with { DrainedAt = drained.Revision }, [], cancel);
            }

            if (drained?.Role is { } done)
            {
                Log.Drained(logger, done.DrainedAt);
                await WriteWordAsync(http, drained);
                return;
            }
        }

        await ArmErrors.RegionNotServing(region.Options.Region).WriteAsync(http);
    }

    private async Task ResumeAsync(HttpContext http)
    {
        var cancel = http.RequestAborted;
        var request = await ReadAsync(http, PeerJson.Default.ResumeRequest);
        var seat = await RegionSeat.ReadAsync(region.Store, cancel);
        if (seat.Role is { Duty: RegionDuty.Draining } role && role.Epoch == request?.Epoch && role.Since == request.Since
            && await region.ChangeAsync(seat, RegionHandover.Resume(role, clock.GetUtcNow()), [], cancel) is { } resumed)
        {
            await WriteWordAsync(http, resumed);
            return;
        }

        await ArmErrors.RegionNotServing(region.Options.Region).WriteAsync(http);
    }

    private static async Task<T?> ReadAsync<T>(HttpContext http, JsonTypeInfo<T> type)
        where T : class
    {
        try
        {
            return http.Request.ContentLength is > 0 and <= RequestBytesMax
                ? await JsonSerializer.DeserializeAsync(http.Request.Body, type, http.RequestAborted)
                : null;
        }
        catch (JsonException)
        {
            return null;
        }
    }

    private async Task WriteWordAsync(HttpContext http, RegionSeat seat)
    {
        region.See(seat);
        var own = region.OwnAddresses;
        var word = new PeerWord(
            region.Options.Region, region.Options.OwnRegion.Geography, region.StoreId,
            seat.Role ?? RegionHandover.First(region.Options, clock.GetUtcNow()),
                own.Count == 0 ? [] : instances.AddressesFor(own[0]) is { Count: > 0 } all ? all : own,
            region.CopyProblem)
        {
            LastDrill = await DrillRecord.ReadAsync(region.Store, http.RequestAborted),
            WitnessId = region.Right is { News.Read.WitnessId: var witness }
                && seat.Role is { Duty: RegionDuty.Serving, IsWithoutWitness: false } ? witness : null,
        };
        http.Response.ContentType = "application/json";
        await JsonSerializer.SerializeAsync(http.Response.Body, word, PeerJson.Default.PeerWord, http.RequestAborted);
    }

    private static partial class Log
    {
        [LoggerMessage(3461, LogLevel.Warning, "Refused region {Caller} the state: this region is paired with {Pair}.")]
        public static partial void Refused(ILogger logger, string caller, string pair);

        [LoggerMessage(3462, LogLevel.Warning, "This region accepts no writes after revision {Revision}: its pair is taking over.")]
        public static partial void Drained(ILogger logger, long revision);
    }
}
