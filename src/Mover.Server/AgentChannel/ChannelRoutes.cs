using System.Globalization;
using System.Text.Json.Serialization.Metadata;
using Mover.Core;
using Mover.Core.Access;
using Mover.Core.AgentProtocol;
using Mover.Core.Arm;
using Mover.Core.Jobs;
using Mover.Core.Resources;
using Mover.Server.Arm;
using Mover.Server.Scheduling;
using Mover.Server.StorageMovers;
using Mover.State.Documents;

namespace Mover.Server.AgentChannel;

/// <summary>The HTTP face of the agent channel: what agents post below their own resource, and the copy log that people read.</summary>
internal sealed class ChannelRoutes(
    ChannelAccess access,
    AgentPresence presence,
    RunClaims claims,
    RunReports reports,
    WorkSignals signals,
    CopyLogs logs,
    DataCredentials credentials,
    DocumentStore documents,
    IHostApplicationLifetime lifetime,
    TimeProvider clock)
{
    private const string Channel = Routes.Agent + "/channel/";
    private const string CopyLog = Routes.JobRun + "/copyLog";

    public void Map(IEndpointRouteBuilder routes)
    {
        Post(routes, "beat", AgentProtocolJson.Default.BeatRequest, AgentProtocolJson.Default.BeatAnswer, BeatAsync);
        Post(routes, "work", AgentProtocolJson.Default.WorkRequest, AgentProtocolJson.Default.WorkAnswer, WorkAsync);
        Post(routes, "progress", AgentProtocolJson.Default.RunReport, AgentProtocolJson.Default.ReportAnswer, ProgressAsync);
        Post(routes, "finish", AgentProtocolJson.Default.RunReport, AgentProtocolJson.Default.ReportAnswer, FinishAsync);
        Post(routes, "log", AgentProtocolJson.Default.CopyLogBatch, AgentProtocolJson.Default.CopyLogAnswer, LogAsync);
        Post(routes, "credentials",
            AgentProtocolJson.Default.CredentialRequest, AgentProtocolJson.Default.CredentialAnswer, credentials.IssueAsync);
        routes.MapGet(CopyLog, ReadLogAsync).RequiresAction("Microsoft.StorageMover/storageMovers/projects/jobDefinitions/jobRuns/read");
    }

    private async Task<Result<BeatAnswer>> BeatAsync(ChannelAgent agent, BeatRequest beat, CancellationToken cancel)
    {
        if (beat.Runs.Count > AgentChannelLimits.RunsMax)
        {
            return ArmErrors.AgentMessageInvalid($"a beat names at most {AgentChannelLimits.RunsMax} runs.");
        }

        await presence.HearAsync(agent.Id, beat.Telemetry, cancel);
        var (cancelRuns, lostRuns) = (new List<string>(), new List<string>());
        foreach (var held in beat.Runs)
        {
            var claim = ResourceId.TryParse(held.RunId, out var id) ? await claims.FindAsync(agent.Id, id, cancel) : null;
            var run = claim is null ? null : await documents.GetAsync(id, MoverJson.Wire.JobRun, cancel);
            if (run is null || claim is null || claim.Value.Epoch != held.Epoch)
            {
                lostRuns.Add(held.RunId);
                continue;
            }

            await claims.KeepAsync(agent.Id, claim, cancel);
            if (WorkOrders.IsCancel(run.Value.Properties?.Status))
            {
                cancelRuns.Add(held.RunId);
            }
        }

        return new BeatAnswer { UploadLimits = UploadLimits.Of(agent.Properties.UploadLimitSchedule), CancelRuns = cancelRuns,
            LostRuns = lostRuns };
    }

    private async Task<Result<WorkAnswer>> WorkAsync(ChannelAgent agent, WorkRequest request, CancellationToken cancel)
    {
        if (request.Holding.Count > AgentChannelLimits.RunsMax
            || request.Reclaim.Count > AgentChannelLimits.RunsMax
            || request.Instance.Length is 0 or > 64
            || request.WaitSeconds < 0
            || request.WaitSeconds > AgentChannelLimits.WorkWaitMax.TotalSeconds)
        {
            return ArmErrors.AgentMessageInvalid("a call for work names its process, at most 16 runs, and waits 0 to 30 seconds.");
        }

        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancel, lifetime.ApplicationStopping);
        var wait = Task.Delay(TimeSpan.FromSeconds(request.WaitSeconds), clock, stop.Token);
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
        }
    }

    private Task<Result<ReportAnswer>> ProgressAsync(ChannelAgent agent, RunReport report, CancellationToken cancel) =>
        JobRunStatuses.IsTerminal(report.Status.ToString())
            ? Task.FromResult<Result<ReportAnswer>>(ArmErrors.AgentMessageInvalid($"{report.Status} ends a run; it is told to 'finish'."))
            : ReportAsync(agent, report, cancel);

    private Task<Result<ReportAnswer>> FinishAsync(ChannelAgent agent, RunReport report, CancellationToken cancel) =>
        JobRunStatuses.IsTerminal(report.Status.ToString()) && report.EndedAt is not null
            ? ReportAsync(agent, report, cancel)
            : Task.FromResult<Result<ReportAnswer>>(ArmErrors.AgentMessageInvalid("the end of a run has a final status and a time."));

    private async Task<Result<ReportAnswer>> ReportAsync(ChannelAgent agent, RunReport report, CancellationToken cancel)
    {
        var taken = await reports.AcceptAsync(agent.Id, report, cancel);
        return taken.Try(out var isCancelled, out var refusal)
            ? new ReportAnswer(isCancelled, UploadLimits.Of(agent.Properties.UploadLimitSchedule))
            : refusal;
    }

    private async Task<Result<CopyLogAnswer>> LogAsync(ChannelAgent agent, CopyLogBatch batch, CancellationToken cancel) =>
        batch.Entries.Count is > 0 and <= AgentChannelLimits.LogBatchMax && batch.FirstIndex >= 0 && batch.Journal.Length is > 0 and <= 64
            ? await logs.AppendAsync(agent.Id, batch, cancel)
            : ArmErrors.AgentMessageInvalid(
                $"a batch has 1 to {AgentChannelLimits.LogBatchMax} entries, counted from 0 in a named journal.");

    private async Task<IResult> ReadLogAsync(ResourceScope scope, CancellationToken cancel)
    {
        var token = scope.Http.Request.Query["$skiptoken"].ToString();
        var chunk = 0;
        if (token.Length > 0 && !int.TryParse(token, NumberStyles.None, CultureInfo.InvariantCulture, out chunk))
        {
            return ArmErrors.AgentMessageInvalid("$skiptoken is not one of this server.").ToResult();
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

    private void Post<TAsk, TAnswer>(
        IEndpointRouteBuilder routes,
        string verb,
        JsonTypeInfo<TAsk> askType,
        JsonTypeInfo<TAnswer> answerType,
        Func<ChannelAgent, TAsk, CancellationToken, Task<Result<TAnswer>>> act)
        where TAsk : notnull
        where TAnswer : notnull =>
        routes.MapPost(Channel + verb, async (ResourceScope scope, CancellationToken cancel) =>
        {
            var allowed = await access.CheckAsync(AgentOf(scope), scope.Http.User, cancel);
            if (!allowed.Try(out var agent, out var refusal))
            {
                return refusal.ToResult();
            }

            var read = await ArmBody.ReadAsync(scope.Http, askType, cancel);
            if (!read.Try(out var ask, out refusal))
            {
                return refusal.ToResult();
            }

            var answer = await act(agent, ask, cancel);
            return answer.Try(out var said, out refusal) ? ArmResults.Ok(said, answerType) : refusal.ToResult();
        }).TakesNoApiVersion().RequiresAction(ArmAction.AgentChannel);

    private static ResourceId AgentOf(ResourceScope scope)
    {
        var values = scope.Http.Request.RouteValues;
        string Value(string name) => values[name] as string ?? string.Empty;
        return ResourceId.OfGroup(Value("subscription"), Value("group"))
            .Provider("Microsoft.StorageMover/storageMovers", Value("mover"))
            .Child("agents", Value("agent"));
    }
}
