using System.Text.Json;
using Mover.Core;
using Mover.Core.Arm;
using Mover.Core.Resources;
using Mover.Server.Arm;
using Mover.Server.Settings;
using Mover.State.Documents;
using Mover.State.Mirror;

namespace Mover.Server.Regions;

/// <summary>
/// <c>GET /subscriptions/{id}/region</c> and <c>POST …/region/failover</c>, Mover's own: who serves, what a loss would lose, and taking
/// over. A standby answers them itself.
/// </summary>
internal sealed class RegionRoutes(
    RegionMembership region, RegionSeat served, RegionFailover failover, TimeProvider clock, ILogger<RegionRoutes> logger)
{
    private static readonly RequiredAction Read = new("Mover/region/read") { IsAtSubscription = true };

    // Below Microsoft.Authorization, as the identity: not for who may give nobody rights.
    internal static readonly RequiredAction Write = new("Microsoft.Authorization/regions/write") { IsAtSubscription = true };

    public void Map(IEndpointRouteBuilder routes)
    {
        routes.MapGet("/subscriptions/{subscription}/region", ShowAsync).TakesNoApiVersion()
            .WithMetadata(Read, AnsweredByStandby.Instance);
        routes.MapPost("/subscriptions/{subscription}/region/failover", FailoverAsync).TakesNoApiVersion()
            .WithMetadata(Write, AnsweredByStandby.Instance);
    }

    private async Task<IResult> ShowAsync(CancellationToken cancel)
    {
        // What a person decides by is asked for now.
        await region.AskPeerAsync(cancel);
        var seat = await RegionSeat.ReadAsync(region.Store, cancel);
        var drill = await DrillRecord.ReadAsync(region.Store, cancel);
        return ArmResults.Written(json => WriteStatus(json, seat.Role, drill));
    }

    private async Task<IResult> FailoverAsync(ResourceScope scope, CancellationToken cancel)
    {
        var read = await ArmBody.ReadAsync(scope.Http, RegionJson.Default.FailoverRequest, cancel);
        if (!read.Try(out var request, out var refusal))
        {
            return refusal.ToResult();
        }

        // The one that takes over does the work: the region that serves passes it on.
        if (!region.IsStandby && region.Peer is { } peer && request.Unplanned is null && !Forwarding.IsForwarded(scope.Http))
        {
            var body = JsonSerializer.SerializeToUtf8Bytes(request, RegionJson.Default.FailoverRequest);
            return await region.AskPeerAsync(cancel) is not null && await Forwarding.TryAsync(scope.Http, peer, region, body, logger)
                ? Results.Empty
                : ArmErrors.RegionUnreachable(peer.Region).ToResult();
        }

        var stamp = scope.Http.Principal().Stamp(scope.Http, clock) with { Action = Write.Action };
        var answered = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        scope.Http.Response.OnCompleted(() =>
        {
            answered.TrySetResult();
            return Task.CompletedTask;
        });
        region.Answering = answered.Task;
        var done = await failover.RunAsync(request, stamp);
        return done.Try(out var result, out var refused) ? ArmResults.Ok(result, RegionJson.Default.FailoverResult) : refused.ToResult();
    }

    // "moving": this server has heard of its role, and the app that answers in it starts.
    private void WriteStatus(Utf8JsonWriter json, RegionRole? role, DrillRecord? drill)
    {
        var news = region.News;
        json.WriteStartObject();
        json.WriteString("region", region.Options.Region);
        json.WriteString("geography", region.Options.OwnRegion.Geography);
        json.WriteString("duty", role is null ? "Alone" : role.Duty.ToString());
        if (role is not null)
        {
            json.WriteBoolean("moving", served.Role?.IsSameSeat(role) != true);
            json.WriteNumber("epoch", role.Epoch);
            json.WriteString("holder", role.Holder);
            json.WriteString("since", role.Since);
            json.WriteString("by", role.By);
            WriteCopy(json, role, region.CompleteAt, region.CopyProblem);
            DrillRecord.Write(json, drill);
            json.WriteStartArray("diverged");
            foreach (var one in role.Diverged)
            {
                json.WriteStartObject();
                json.WriteNumber("epoch", one.Epoch);
                json.WriteString("at", one.At);
                json.WriteNumber("fromRevision", one.FromRevision);
                json.WriteEndObject();
            }

            json.WriteEndArray();
        }

        if (region.Options.Pair is { } pair)
        {
            WritePair(json, pair, news);
        }

        if (region.Right is { } right)
        {
            WriteWitness(json, right, role);
        }

        WriteLag(json, role);
        json.WriteEndObject();
    }

    private void WriteWitness(Utf8JsonWriter json, RegionRight right, RegionRole? role)
    {
        json.WriteStartObject("witness");
        json.WriteString("name", right.WitnessName);
        json.WriteBoolean("reachable", right.News.Problem is null);
        json.WriteString("problem", right.News.Problem);
        json.WriteString("holder", right.News.Read?.Held?.Region);
        json.WriteString("lastServed", right.News.Read?.Last?.Region);
        json.WriteNumber("lastEpoch", right.News.Read?.Last?.Epoch ?? 0);
        json.WriteNumber("leaseSeconds", right.Lease.TotalSeconds);
        json.WriteBoolean("automatic", region.Options.IsFailoverAutomatic);
        if (role is { Duty: RegionDuty.Standby })
        {
            json.WriteBoolean("asked", role.WitnessId is { } asked && asked == right.News.Read?.WitnessId);
            json.WriteString("heldBack", region.Succession?.HeldBack);
        }
        else
        {
            json.WriteBoolean("mayServe", right.IsHeld);
        }

        json.WriteEndObject();
    }

    private void WriteLag(Utf8JsonWriter json, RegionRole? role)
    {
        if (region.Options.MaxLag is not { } most || role is not { Duty: not RegionDuty.Standby })
        {
            return;
        }

        json.WriteStartObject("confirmed");
        json.WriteNumber("maxLagSeconds", most.TotalSeconds);
        if (region.Confirmation.Copied is { Revision: > 0 } copied)
        {
            json.WriteNumber("revision", copied.Revision);
            json.WriteString("completeAt", copied.CompleteAt);
        }

        json.WriteEndObject();
    }

    private void WritePair(Utf8JsonWriter json, RegionPair pair, PeerNews news)
    {
        json.WriteStartObject("pair");
        json.WriteString("region", pair.Region);
        json.WriteBoolean("reachable", news.Problem is null);
        json.WriteString("problem", news.Problem);
        if (news.SilentSince is { } since)
        {
            json.WriteString("silentSince", since);
        }

        json.WriteStartArray("addresses");
        foreach (var address in news.Word?.Addresses ?? [.. pair.Addresses.Select(address => address.ToString())])
        {
            json.WriteStringValue(address);
        }

        json.WriteEndArray();
        if (news.Word is { } word)
        {
            json.WriteString("duty", word.Role.Duty.ToString());
            json.WriteNumber("epoch", word.Role.Epoch);
            WriteCopy(json, word.Role, word.Role.IsCopyWhole ? word.Role.Mirror?.CompleteAt : null, word.CopyProblem);
            DrillRecord.Write(json, word.LastDrill);
        }

        json.WriteEndObject();
    }

    // Its age counts from what is known to be whole; while nothing is known it is no number, and never 0.
    private void WriteCopy(Utf8JsonWriter json, RegionRole role, DateTimeOffset? completeAt, string? problem)
    {
        if (role.Duty != RegionDuty.Standby)
        {
            return;
        }

        json.WriteStartObject("copy");
        json.WriteBoolean("whole", role.IsCopyWhole);
        json.WriteString("problem", problem);
        json.WriteBoolean("copyingAnew", role.Mirror?.Sync is not null || role.Mirror is null);
        if (completeAt is { } at)
        {
            json.WriteString("completeAt", at);
            json.WriteNumber("ageSeconds", Math.Round(Math.Max(0.001, (clock.GetUtcNow() - at).TotalSeconds), 3));
            json.WriteNumber("revision", role.Mirror?.Revision ?? 0);
        }

        json.WriteEndObject();
    }
}

/// <summary>JSON of the operator's side of regions.</summary>
[System.Text.Json.Serialization.JsonSourceGenerationOptions(JsonSerializerDefaults.Web, UseStringEnumConverter = true)]
[System.Text.Json.Serialization.JsonSerializable(typeof(DivergedList))]
[System.Text.Json.Serialization.JsonSerializable(typeof(FailoverRequest))]
[System.Text.Json.Serialization.JsonSerializable(typeof(FailoverResult))]
internal sealed partial class RegionJson : System.Text.Json.Serialization.JsonSerializerContext;
