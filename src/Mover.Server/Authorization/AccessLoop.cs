using Mover.Server.Access;
using Mover.Server.Arm;
using Mover.State;

namespace Mover.Server.Authorization;

/// <summary>Keeps the rights in memory as the store has them; at the first start gives the administrator theirs.</summary>
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
                var revision = await access.LoadAsync(stoppingToken);
                await foreach (var change in store.WatchAsync(AccessState.Prefix, revision, stoppingToken))
                {
                    access.Apply(change);
                }
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

    private static partial class Log
    {
        [LoggerMessage(3210, LogLevel.Warning,
            "The role assignments could not be followed; requests wait until they have been read again.")]
        public static partial void Broke(ILogger logger, Exception fault);
    }
}
