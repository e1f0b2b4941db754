using System.Net;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Server.Kestrel.Transport.Sockets;

namespace Mover.Server.Listening;

/// <summary>
/// Kestrel's sockets, taken only while <see cref="ConnectionLimits"/> leaves room. Kestrel's own limit closes what is too many after taking
/// it, and its listener ends for good when a socket cannot be taken: here connections wait in the kernel instead, and a fault is a pause.
/// </summary>
internal sealed partial class BoundedListeners(
    SocketTransportFactory sockets, ConnectionLimits limits, TimeProvider clock, ILogger<BoundedListeners> logger)
    : IConnectionListenerFactory, IConnectionListenerFactorySelector
{
    private readonly ConnectionRoom _room = new(limits);

    /// <inheritdoc/>
    public bool CanBind(EndPoint endpoint) => sockets.CanBind(endpoint);

    /// <inheritdoc/>
    public async ValueTask<IConnectionListener> BindAsync(EndPoint endpoint, CancellationToken cancellationToken = default)
    {
        var listener = await sockets.BindAsync(endpoint, cancellationToken);
        Log.Listening(logger, listener.EndPoint, limits.Total, limits.PerAddress, limits.Files);
        return new Listener(listener, _room, clock, logger);
    }

    private sealed class Listener(IConnectionListener inner, ConnectionRoom room, TimeProvider clock, ILogger logger) : IConnectionListener
    {
        private readonly CancellationTokenSource _unbound = new();

        public EndPoint EndPoint => inner.EndPoint;

        public async ValueTask<ConnectionContext?> AcceptAsync(CancellationToken cancellationToken = default)
        {
            using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, _unbound.Token);
            while (true)
            {
                try
                {
                    await room.EnterAsync(stop.Token);
                }
                catch (OperationCanceledException) when (_unbound.IsCancellationRequested)
                {
                    return null;
                }

                // Unbinding ends the listener's own wait with null.
                var (taken, isOver) = await TakeAsync(cancellationToken);
                if (taken is not null || isOver)
                {
                    return taken;
                }
            }
        }

        public async ValueTask UnbindAsync(CancellationToken cancellationToken = default)
        {
            await _unbound.CancelAsync();
            await inner.UnbindAsync(cancellationToken);
        }

        public async ValueTask DisposeAsync()
        {
            await inner.DisposeAsync();
            _unbound.Dispose();
        }

        // One place is held on entry; it belongs to the connection, or is given back.
        private async ValueTask<(ConnectionContext? Taken, bool IsOver)> TakeAsync(CancellationToken cancel)
        {
            ConnectionContext? connection;
            try
            {
                connection = await inner.AcceptAsync(cancel);
            }
            catch (Exception fault) when (fault is not OperationCanceledException)
            {
                room.Leave();
                Log.NotTaken(logger, EndPoint, fault);
                await Task.Delay(ConnectionLimits.FaultPause, clock, cancel).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
                return (null, false);
            }

            if (connection is null)
            {
                room.Leave();
                return (null, true);
            }

            var address = (connection.RemoteEndPoint as IPEndPoint)?.Address;
            if (room.TryCount(address))
            {
                return (new BoundedConnection(connection, () => room.Leave(address)), false);
            }

            if (room.IsNews(address))
            {
                Log.TooMany(logger, address, room.PerAddress);
            }

            await connection.DisposeAsync();
            room.Leave();
            return (null, false);
        }
    }

    private static partial class Log
    {
        [LoggerMessage(3401, LogLevel.Information,
            "Listening at {Address} for up to {Total} connections, {PerAddress} per client address (limit of open files: {Files}).")]
        public static partial void Listening(ILogger logger, EndPoint address, int total, int perAddress, int files);

        [LoggerMessage(3402, LogLevel.Error, "Cannot accept a connection at {Address}.")]
        public static partial void NotTaken(ILogger logger, EndPoint address, Exception fault);

        [LoggerMessage(3403, LogLevel.Warning, "Closing new connections from {Address}: it already has {PerAddress} open.")]
        public static partial void TooMany(ILogger logger, IPAddress? address, int perAddress);
    }
}
