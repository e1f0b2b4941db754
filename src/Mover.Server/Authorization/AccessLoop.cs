using Mover.Server.Arm;
using Mover.Server.Background;
using Mover.State;

namespace Mover.Server.Authorization;

/// <summary>Keeps rights and applications in memory as the store has them; at a start gives the administrator due roles.</summary>
internal sealed partial class AccessLoop(
    IStateStore store, AccessState access, AdministratorRoles administrator, ServicePrincipals applications, TimeProvider clock,
    ILogger<AccessLoop> logger)
    : BackgroundService
{
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(200);

    /// <inheritdoc/>
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        while (!stoppingToken.IsCancellationRequested)
        {
            try
            {
                await administrator.EnsureAsync(stoppingToken);
                await applications.IndexAsync(
                    new(Caller.Service.Name, Caller.Service.Type, clock.GetUtcNow(), Guid.NewGuid().ToString()), stoppingToken);
                await FollowAllAsync(stoppingToken);
            }
            catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
            {
                return;
            }
            catch (Exception fault)
            {
                access.Lose();
                Log.Broke(logger, fault);
                await Task.Delay(Pause, clock, stoppingToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            }
        }
    }

    // Until one of them breaks: then everything is read again.
    private async Task FollowAllAsync(CancellationToken cancel)
    {
        var follows = new List<Func<CancellationToken, Task>>();
        foreach (var prefix in AccessState.Prefixes)
        {
            var revision = await access.LoadAsync(prefix, cancel);
            follows.Add(stop => FollowAsync(prefix, revision, stop));
        }

        access.Ready();
        await Together.UntilOneEndsAsync(cancel, follows);
    }

    // A watch that says nothing for too long is begun again where it was: its first word is how far it has seen.
    private async Task FollowAsync(string prefix, long revision, CancellationToken cancel)
    {
        while (true)
        {
            using var doubted = CancellationTokenSource.CreateLinkedTokenSource(cancel, access.Doubted);
            try
            {
                await foreach (var seen in store.WatchAsync(prefix, revision, doubted.Token))
                {
                    access.Apply(prefix, seen);
                    revision = seen.Revision;
                }
            }
            catch (OperationCanceledException) when (!cancel.IsCancellationRequested)
            {
                // Doubted: watch again.
            }
        }
    }

    private static partial class Log
    {
        [LoggerMessage(3210, LogLevel.Warning,
            "Cannot watch the role assignments; requests wait until they are read again.")]
        public static partial void Broke(ILogger logger, Exception fault);
    }
}
