using Mover.Core.Arm;
using Mover.Core.Resources;
using Mover.Server.Arm;
using Mover.Server.Documents;
using Mover.Server.JobRuns;
using Mover.Server.StorageMovers;
using Mover.State.Documents;

namespace Mover.Server.JobDefinitions;

/// <summary>
/// The actions <c>startJob</c>, <c>stopJob</c> and <c>reconcileJob</c>, and a run's <c>retryFailed</c>, which is Mover's own. None reads a
/// body.
/// </summary>
internal sealed partial class JobStartRoutes(
    JobStarter starter, JobStopper stopper, JobReconciler reconciler, DocumentStore documents, ILogger<JobStartRoutes> logger)
{
    /// <summary>Says what a reconcile did; the body has room for the run's id only.</summary>
    public const string ReconciledHeader = "x-mover-reconciled";

    private const string Type = ResourceTypes.JobDefinition;

    public void Map(IEndpointRouteBuilder routes)
    {
        var one = Routes.One(JobDefinition.Described);
        routes.MapPost(one + "/startJob", StartAsync).RequiresAction(Type + "/startJob/action");
        routes.MapPost(one + "/stopJob", StopAsync).RequiresAction(Type + "/stopJob/action");
        routes.MapPost(one + "/reconcileJob", ReconcileAsync).RequiresAction(Type + "/reconcileJob/action");
        routes.MapPost(Routes.One(JobRun.Described) + "/retryFailed", RetryAsync).RequiresAction(Type + "/startJob/action");
    }

    private async Task<IResult> StartAsync(ResourceScope scope, CancellationToken cancel)
    {
        var started = await starter.StartAsync(scope.Id, ArmWrites.Stamp(scope), due: null, cancel);
        if (!started.Try(out var run, out var refusal))
        {
            return refusal.ToResult();
        }

        Log.Started(logger, run, scope.Caller.Name);
        return Answer(run);
    }

    private async Task<IResult> RetryAsync(ResourceScope scope, CancellationToken cancel)
    {
        if (await documents.GetAsync(scope.Id, MoverJson.Wire.JobRun, cancel) is not { } earlier)
        {
            return ArmErrors.ResourceNotFound(scope.Id).ToResult();
        }

        var started = await starter.StartAsync(
            scope.Id.Parent, ArmWrites.Stamp(scope), due: null, cancel, retryOf: earlier.Value);
        if (!started.Try(out var run, out var refusal))
        {
            return refusal.ToResult();
        }

        Log.Retried(logger, run, scope.Id.Name, scope.Caller.Name);
        return Answer(run);
    }

    private async Task<IResult> StopAsync(ResourceScope scope, CancellationToken cancel)
    {
        var stopped = await stopper.StopAsync(scope.Id, ArmWrites.Stamp(scope), cancel);
        if (!stopped.Try(out var run, out var refusal))
        {
            return refusal.ToResult();
        }

        Log.Stopped(logger, run, scope.Caller.Name);
        return Answer(run);
    }

    private async Task<IResult> ReconcileAsync(ResourceScope scope, CancellationToken cancel)
    {
        var reconciled = await reconciler.ReconcileAsync(scope.Id, ArmWrites.Stamp(scope), cancel);
        if (!reconciled.Try(out var done, out var refusal))
        {
            return refusal.ToResult();
        }

        Log.Reconciled(logger, done.Run, scope.Caller.Name, done.Did);
        scope.Http.Response.Headers[ReconciledHeader] = done.Did.ToString();
        return Answer(done.Run);
    }

    private static IResult Answer(ResourceId run) => ArmResults.Ok(new JobRunReference(run.Text), MoverJson.Wire.JobRunReference);

    private static partial class Log
    {
        [LoggerMessage(2301, LogLevel.Information, "Job run {JobRunId} was queued by {Caller}.")]
        public static partial void Started(ILogger logger, ResourceId jobRunId, string caller);

        [LoggerMessage(2303, LogLevel.Information, "Job run {JobRunId}, a retry of the failed items of {Earlier}, was queued by {Caller}.")]
        public static partial void Retried(ILogger logger, ResourceId jobRunId, string earlier, string caller);

        [LoggerMessage(2302, LogLevel.Information, "{Caller} requested job run {JobRunId} to stop.")]
        public static partial void Stopped(ILogger logger, ResourceId jobRunId, string caller);

        [LoggerMessage(2401, LogLevel.Information, "Job run {JobRunId} was reconciled for {Caller}: {Did}.")]
        public static partial void Reconciled(ILogger logger, ResourceId jobRunId, string caller, ReconcileResult did);
    }
}
