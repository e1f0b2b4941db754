using System.Globalization;
using System.Text.Json.Serialization.Metadata;
using Mover.Core;
using Mover.Core.Access;
using Mover.Core.AgentProtocol;
using Mover.Core.Arm;
using Mover.Core.Resources;
using Mover.Server.Arm;
using Mover.Server.Background;
using Mover.Server.Documents;
using Mover.Server.Instances;
using Mover.Server.JobRuns;
using Mover.Server.Presence;
using Mover.Server.Throttling;
using Mover.State.Documents;

namespace Mover.Server.AgentChannel;

/// <summary>The HTTP face of the agent channel: what agents post below their own resource, and the copy log that people read.</summary>
internal sealed class ChannelRoutes(
    ChannelAccess access,
    AgentPresence presence,
    RunClaims claims,
    RunReports reports,
    RunAdoption adoption,
    WorkSignals signals,
    CopyLogs logs,
    DataCredentials credentials,
    DocumentStore documents,
    InstanceTable instances,
    Departure departure,
    IRegion region,
    StorePast past,
    IHostApplicationLifetime lifetime,
    TimeProvider clock)
{
    private const string ReadRun = ResourceTypes.JobRun + "/read";
    private static readonly string Channel = Routes.One(MoverAgent.Described) + "/channel/";
    private static readonly string CopyLog = Routes.One(JobRun.Described) + "/copyLog";
    private static readonly string Progress = Routes.One(JobRun.Described) + "/progress";

    private static AgentProtocolJson Protocol => AgentProtocolJson.Default;

    public void Map(IEndpointRouteBuilder routes)
    {
        Post(routes, new ChannelMessage<BeatRequest, BeatAnswer>("beat", Protocol.BeatRequest, Protocol.BeatAnswer)
        {
            Rate = AgentChannelLimits.BeatRate, Check = ChannelRules.Check, Act = BeatAsync,
        });
        Post(routes, new ChannelMessage<WorkRequest, WorkAnswer>("work", Protocol.WorkRequest, Protocol.WorkAnswer)
        {
            Rate = AgentChannelLimits.WorkRate, Check = ChannelRules.Check, Act = WorkAsync, Metadata = [WaitsForWork.Instance],
        });
        Post(routes, new ChannelMessage<RunReport, ReportAnswer>("progress", Protocol.RunReport, Protocol.ReportAnswer)
        {
            Rate = AgentChannelLimits.ReportRate, BytesMax = AgentChannelLimits.ReportBytesMax,
            Check = ChannelRules.CheckProgress, Act = ReportAsync,
        });
        Post(routes, new ChannelMessage<RunReport, ReportAnswer>("finish", Protocol.RunReport, Protocol.ReportAnswer)
        {
            Rate = AgentChannelLimits.ReportRate, BytesMax = AgentChannelLimits.ReportBytesMax,
            Check = ChannelRules.CheckFinish, Act = ReportAsync,
        });
        Post(routes, new ChannelMessage<CopyLogBatch, CopyLogAnswer>("log", Protocol.CopyLogBatch, Protocol.CopyLogAnswer)
        {
            Rate = AgentChannelLimits.LogRate, BytesMax = AgentChannelLimits.LogBytesMax, Check = ChannelRules.Check,
            Act = (agent, batch, cancel) => logs.AppendAsync(agent.Id, batch, cancel),
        });
        Post(routes, new ChannelMessage<CredentialRequest, CredentialAnswer>(
            "credentials", Protocol.CredentialRequest, Protocol.CredentialAnswer)
        {
            Rate = AgentChannelLimits.CredentialRate, Check = ChannelRules.Check, Act = credentials.IssueAsync,
        });
        Post(routes, new ChannelMessage<LookRequest, CredentialAnswer>("look", Protocol.LookRequest, Protocol.CredentialAnswer)
        {
            Rate = AgentChannelLimits.CredentialRate, Check = ChannelRules.Check, Act = credentials.LookAsync,
        });
        routes.MapGet(CopyLog, ReadLogAsync).RequiresAction(ReadRun);
        routes.MapGet(Progress, ReadProgressAsync).RequiresAction(ReadRun);
    }

    private async Task<Result<BeatAnswer>> BeatAsync(ChannelAgent agent, BeatRequest beat, CancellationToken cancel)
    {
        await presence.HearAsync(agent.Id, beat.Telemetry, cancel);
        var (cancelRuns, lostRuns) = (new List<string>(), new List<string>());
        foreach (var held in beat.Runs)
        {
            var known = ChannelRules.TryReadRun(held.RunId, out var id) ? await claims.ReadAsync(agent.Id, id, cancel) : null;
            if (known is not { Run: { } run, Claim: { } claim } || claim.Value.Epoch != held.Epoch)
            {
                // One that is taken over is so by its next report, which says everything.
                if (known is null || !adoption.MayBeLost(known, held.Epoch))
                {
                    lostRuns.Add(held.RunId);
                }

                continue;
            }

            await claims.KeepAsync(agent.Id, claim, cancel);
            if (WorkOrders.IsCancel(run.Value.Properties?.Status))
            {
                cancelRuns.Add(held.RunId);
            }
        }

        return new BeatAnswer
        {
            Past = past.EpochBase > 0 ? new(past.EpochBase, past.CompleteAt) : null,
            Addresses = instances.AddressesFor(departure.HasBegun ? null : agent.Address, region.PairAddresses),
            UploadLimits = UploadLimits.Of(agent.Properties.UploadLimitSchedule),
            CancelRuns = cancelRuns,
            LostRuns = lostRuns,
        };
    }

    private async Task<Result<WorkAnswer>> WorkAsync(ChannelAgent agent, WorkRequest request, CancellationToken cancel)
    {
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(
            cancel, departure.Begun, lifetime.ApplicationStopping);
        var wait = Task.Delay(TimeSpan.FromSeconds(request.WaitSeconds), clock, stop.Token);
        await adoption.RemakeAsync(agent.Id, request.Reclaim, cancel);
        while (true)
        {
            // Asked for before looking, so that what is queued in between is not missed.
            var next = signals.NextAsync(agent.Id);
            var found = await claims.FindWorkAsync(agent.Id, request, cancel);
            if (found.Order is not null || found.Ended.Count > 0 || wait.IsCompleted)
            {
                await stop.CancelAsync();
                return found;
            }

            await Task.WhenAny(next, wait);

            // It may have been deleted, or its machine replaced, while it waited.
            if ((await access.CheckAsync(agent.Id, agent.PrincipalId, cancel)).Refusal is { } gone)
            {
                await stop.CancelAsync();
                return gone;
            }
        }
    }

    private async Task<Result<ReportAnswer>> ReportAsync(ChannelAgent agent, RunReport report, CancellationToken cancel)
    {
        var taken = await reports.AcceptAsync(agent.Id, report, cancel);
        return taken.Try(out var isCancelled, out var refusal)
            ? new ReportAnswer(isCancelled, UploadLimits.Of(agent.Properties.UploadLimitSchedule))
            : refusal;
    }

    private async Task<IResult> ReadLogAsync(ResourceScope scope, CancellationToken cancel)
    {
        var token = scope.Http.Request.Query["$skiptoken"].ToString();
        var chunk = 0;
        if (token.Length > 0 && !int.TryParse(token, NumberStyles.None, CultureInfo.InvariantCulture, out chunk))
        {
            return ArmErrors.InvalidSkipToken().ToResult();
        }

        if (await documents.GetInfoAsync(scope.Id, cancel) is null)
        {
            return ArmErrors.ResourceNotFound(scope.Id).ToResult();
        }

        var (entries, next, truncated) = await logs.ReadAsync(scope.Id, chunk, cancel);
        var link = next is null ? null
            : $"{scope.BaseUrl}{scope.CallerPath}?api-version={Uri.EscapeDataString(scope.ApiVersion)}&$skiptoken={next}";
        return ArmResults.Ok(new(entries, link, truncated ? true : null), AgentProtocolJson.Default.CopyLogPage);
    }

    // What the resource has no property for: it is kept with the claim, and goes with it.
    private async Task<IResult> ReadProgressAsync(ResourceScope scope, CancellationToken cancel)
    {
        if (await documents.GetAsync(scope.Id, MoverJson.Wire.JobRun, cancel) is not { } run)
        {
            return ArmErrors.ResourceNotFound(scope.Id).ToResult();
        }

        var claim = ResourceId.TryParse(run.Value.Properties?.AgentResourceId ?? string.Empty, out var agent)
            ? await claims.FindAsync(agent, scope.Id, cancel)
            : null;
        return ArmResults.Ok(new(claim?.Value.Deletions, claim?.Value.InFlight), Protocol.RunProgressAnswer);
    }

    // Everything that can be refused is refused before the message does anything: rate, who sends it, size, shape, values.
    private void Post<TAsk, TAnswer>(IEndpointRouteBuilder routes, ChannelMessage<TAsk, TAnswer> message)
        where TAsk : notnull
        where TAnswer : notnull
    {
        var buckets = new TokenBuckets(new(message.Rate.Burst, message.Rate.PerSecond), clock);
        routes.MapPost(Channel + message.Verb, async (ResourceScope scope, CancellationToken cancel) =>
        {
            if (buckets.Take(scope.Caller.ObjectId).Wait is { } wait)
            {
                return ArmErrors.AgentTooFast(message.Verb, wait).ToResult();
            }

            var allowed = await access.CheckAsync(AgentOf(scope), scope.Http.User, cancel);
            if (!allowed.Try(out var agent, out var refusal))
            {
                return refusal.ToResult();
            }

            var read = await ArmBody.ReadAsync(scope.Http, message.AskType, cancel, message.BytesMax);
            if (!read.Try(out var ask, out refusal) || (refusal = message.Check(ask)) is not null)
            {
                return refusal.ToResult();
            }

            var answer = await message.Act(agent with { Address = scope.BaseUrl }, ask, cancel);
            return answer.Try(out var said, out refusal) ? ArmResults.Ok(said, message.AnswerType) : refusal.ToResult();
        }).TakesNoApiVersion().RequiresAction(ArmAction.AgentChannel).WithMetadata(message.Metadata);
    }

    private static ResourceId AgentOf(ResourceScope scope)
    {
        var values = scope.Http.Request.RouteValues;
        string Value(string name) => values[name] as string ?? string.Empty;
        return ResourceId.OfGroup(Value("subscription"), Value("group"))
            .Provider(ResourceTypes.StorageMover, Value("mover"))
            .Child(MoverAgent.Described, Value("agent"));
    }
}

/// <summary>One kind of message of the channel: its shape, its limits, and what it does.</summary>
internal sealed record ChannelMessage<TAsk, TAnswer>(string Verb, JsonTypeInfo<TAsk> AskType, JsonTypeInfo<TAnswer> AnswerType)
    where TAsk : notnull
    where TAnswer : notnull
{
    public required ChannelRate Rate { get; init; }

    public int BytesMax { get; init; } = AgentChannelLimits.MessageBytesMax;

    public object[] Metadata { get; init; } = [];

    public required Func<TAsk, ArmError?> Check { get; init; }

    public required Func<ChannelAgent, TAsk, CancellationToken, Task<Result<TAnswer>>> Act { get; init; }
}
