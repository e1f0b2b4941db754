using Mover.Server.Background;
using Mover.State;
using Mover.State.Documents;

namespace Mover.Server.Deployments;

/// <summary>Carries out deployments, whichever instance took them: those that are pending when it starts, and every new one.</summary>
internal sealed partial class DeploymentLoop(
    IStateStore store, DocumentStore documents, LoopShares shares, DeploymentRuns runs, TimeProvider clock, ILogger<DeploymentLoop> logger)
    : OwnedLoop(LoopNames.Deployments, store, documents, shares, clock, logger)
{
    private static readonly TimeSpan RetryAfter = TimeSpan.FromSeconds(5);

    /// <summary>Time between two looks while some run or rest.</summary>
    private static readonly TimeSpan LookAfter = TimeSpan.FromSeconds(1);
    private const int Page = 100;

    private readonly LoopSignal _signal = new();

    /// <inheritdoc/>
    protected override async Task OwnAsync(CancellationToken cancel)
    {
        var start = (await Store.ListAsync(PendingDeployment.Area + "/", null, 1, keysOnly: true, cancel)).Revision;
        await Together.UntilOneEndsAsync(cancel, stop => FollowAsync(PendingDeployment.Area + "/", start, _signal, stop), DoAllAsync);
    }

    // Those that run are not begun again, and one that failed rests: it holds up no other.
    private async Task DoAllAsync(CancellationToken cancel)
    {
        var running = new Dictionary<string, Task<bool>>(StringComparer.Ordinal);
        var resting = new Dictionary<string, long>(StringComparer.Ordinal);
        try
        {
            while (true)
            {
                foreach (var (name, done) in running.Where(one => one.Value.IsCompleted).ToList())
                {
                    running.Remove(name);
                    if (!await done)
                    {
                        resting[name] = Clock.GetTimestamp();
                    }
                }

                foreach (var name in resting.Where(one => Clock.GetElapsedTime(one.Value) >= RetryAfter).Select(one => one.Key).ToList())
                {
                    resting.Remove(name);
                }

                await StartAsync(running, resting, cancel);
                await _signal.WaitAsync(running.Count + resting.Count > 0 ? LookAfter : null, Clock, cancel);
            }
        }
        finally
        {
            await Task.WhenAll(running.Values.Cast<Task>()).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    private async Task StartAsync(Dictionary<string, Task<bool>> running, Dictionary<string, long> resting, CancellationToken cancel)
    {
        string? after = null;
        do
        {
            var page = await Documents.ListInternalAsync(
                DocumentKey.Internal(PendingDeployment.Area), DeploymentsJson.Stored.PendingDeployment, after, Page, cancel,
                fault => Log.Skipped(logger, fault.Message));
            foreach (var pending in page.Documents)
            {
                var name = pending.Key.Text[(pending.Key.Text.LastIndexOf('/') + 1)..];
                if (running.Count < DeploymentLimits.AtOnceMax && !running.ContainsKey(name) && !resting.ContainsKey(name))
                {
                    running[name] = RunAsync(pending.Value, name, cancel);
                }
            }

            after = page.Next;
        }
        while (after is not null && running.Count < DeploymentLimits.AtOnceMax);
    }

    private async Task<bool> RunAsync(PendingDeployment pending, string name, CancellationToken cancel)
    {
        await Task.Yield();
        try
        {
            await runs.RunAsync(pending, name, cancel);
            return true;
        }
        catch (Exception fault) when (!cancel.IsCancellationRequested)
        {
            Log.OneFailed(logger, fault, pending.Id, RetryAfter);
            return false;
        }
        finally
        {
            _signal.Raise();
        }
    }

    private static partial class Log
    {
        [LoggerMessage(2511, LogLevel.Error, "Deployment {DeploymentId} was interrupted; continuing in {RetryAfter}.")]
        public static partial void OneFailed(ILogger logger, Exception fault, string deploymentId, TimeSpan retryAfter);

        [LoggerMessage(2512, LogLevel.Error, "Skipped a damaged pending deployment. {Damage}")]
        public static partial void Skipped(ILogger logger, string damage);
    }
}
