using Mover.Core.AgentProtocol;
using Mover.Server.Background;
using Mover.State;
using Mover.State.Documents;

namespace Mover.Server.Instances;

/// <summary>
/// How an instance leaves in good order, before it stops to listen: it takes itself out of the instances, ends the calls that wait for
/// work, and answers what still comes with the word that it leaves, so that clients go elsewhere before their connections end.
/// Without another instance there is nothing to wait for.
/// </summary>
internal sealed partial class Departure(
    InstanceTable table, DocumentStore documents, Instance instance, TimeProvider clock, ILogger<Departure> logger)
    : IHostedLifecycleService, IDisposable
{
    /// <summary>How long an instance that leaves goes on answering while there are others.</summary>
    public static readonly TimeSpan DrainTime = TimeSpan.FromSeconds(2);

    /// <summary>How long the store may take to forget the instance; its lease does it otherwise.</summary>
    private static readonly TimeSpan RemoveMax = TimeSpan.FromSeconds(2);

    private readonly CancellationTokenSource _leaving = new();

    /// <summary>Ends when the instance begins to leave.</summary>
    public CancellationToken Begun => _leaving.Token;

    /// <summary>Whether the instance leaves.</summary>
    public bool HasBegun => _leaving.IsCancellationRequested;

    /// <summary>Says in every answer from then on that the instance leaves, and ends the connection with it.</summary>
    public Task TellAsync(HttpContext http, RequestDelegate next)
    {
        http.Response.OnStarting(static state =>
        {
            var (departure, http) = ((Departure, HttpContext))state;
            if (departure.HasBegun)
            {
                http.Response.Headers[AgentChannelLimits.LeavingHeader] = "true";
                if (HttpProtocol.IsHttp11(http.Request.Protocol))
                {
                    http.Response.Headers.Connection = "close";
                }
            }

            return Task.CompletedTask;
        }, (this, http));
        return next(http);
    }

    /// <inheritdoc/>
    public async Task StoppingAsync(CancellationToken cancellationToken)
    {
        await _leaving.CancelAsync();
        var hasOthers = table.HasOthers;
        try
        {
            await RemoveAsync(cancellationToken).WaitAsync(RemoveMax, clock, cancellationToken);
        }
        catch (Exception fault) when (fault is StateException or TimeoutException)
        {
            Log.NotRemoved(logger, fault);
        }

        if (hasOthers)
        {
            Log.Drains(logger, DrainTime);
            await Task.Delay(DrainTime, clock, cancellationToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    /// <inheritdoc/>
    public Task StartingAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    /// <inheritdoc/>
    public Task StartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    /// <inheritdoc/>
    public Task StartedAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    /// <inheritdoc/>
    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    /// <inheritdoc/>
    public Task StoppedAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    /// <inheritdoc/>
    public void Dispose() => _leaving.Dispose();

    private async Task RemoveAsync(CancellationToken cancel) => await documents.CommitAsync(
        [DocumentWrite.Delete(InstanceRecord.KeyOf(instance))],
        new(Arm.Caller.Service.Name, Arm.Caller.Service.Type, clock.GetUtcNow(), Guid.NewGuid().ToString(), Routine: true), cancel);

    private static partial class Log
    {
        [LoggerMessage(4164, LogLevel.Information, "Shutting down: serving for another "
            + "{DrainTime} and sending clients to the other instances.")]
        public static partial void Drains(ILogger logger, TimeSpan drainTime);

        [LoggerMessage(4165, LogLevel.Warning, "Cannot remove this instance from the list of instances; "
            + "its entry goes when its lease expires.")]
        public static partial void NotRemoved(ILogger logger, Exception fault);
    }
}
