using System.Net;
using System.Threading.Channels;

namespace Mover.Server.Listening;

/// <summary>The places for connections, in all and by address. Thread-safe.</summary>
internal sealed class ConnectionRoom
{
    private readonly ConnectionLimits _limits;
    private readonly Channel<bool> _places;
    private readonly Lock _gate = new();
    private readonly Dictionary<IPAddress, int> _byAddress = [];
    private IPAddress? _lastRefused;

    public ConnectionRoom(ConnectionLimits limits)
    {
        _limits = limits;
        _places = Channel.CreateBounded<bool>(limits.Total);
        for (var place = 0; place < limits.Total; place++)
        {
            Leave();
        }
    }

    /// <summary>Connections that one address may have.</summary>
    public int PerAddress => _limits.PerAddress;

    /// <summary>Takes a place; waits while there is none.</summary>
    public async ValueTask EnterAsync(CancellationToken cancel) => _ = await _places.Reader.ReadAsync(cancel);

    /// <summary>Gives a place back that no address was counted for.</summary>
    public void Leave() => _places.Writer.TryWrite(true);

    /// <summary>Counts the place for an address; false when that has enough.</summary>
    public bool TryCount(IPAddress? address)
    {
        if (address is null)
        {
            return true;
        }

        lock (_gate)
        {
            var count = _byAddress.GetValueOrDefault(address);
            if (count >= _limits.PerAddress)
            {
                return false;
            }

            _byAddress[address] = count + 1;
            return true;
        }
    }

    /// <summary>Whether an address is refused for the first time since another one was, or since it had room again.</summary>
    public bool IsNews(IPAddress? address)
    {
        lock (_gate)
        {
            var isNews = !Equals(_lastRefused, address);
            _lastRefused = address;
            return isNews;
        }
    }

    /// <summary>Gives an address's place back.</summary>
    public void Leave(IPAddress? address)
    {
        if (address is not null)
        {
            lock (_gate)
            {
                var count = _byAddress.GetValueOrDefault(address) - 1;
                if (count > 0)
                {
                    _byAddress[address] = count;
                }
                else
                {
                    _byAddress.Remove(address);
                }

                if (count < _limits.PerAddress / 2 && address.Equals(_lastRefused))
                {
                    _lastRefused = null;
                }
            }
        }

        Leave();
    }
}
