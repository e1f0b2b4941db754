using System.Net;
using Mover.Core.Net;

namespace Mover.Volumes.AzureBlob;

/// <summary>How the Azure Blob driver talks to the service.</summary>
public sealed record AzureBlobOptions
{
    /// <summary>Connections to one server at once; 64 by default.</summary>
    public int ConnectionsMax { get; init; } = 64;

    /// <summary>How long a connection may take to be made; 10 s by default.</summary>
    public TimeSpan ConnectTimeout { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>How long an answer may take, beside the time its content needs at <see cref="BytesPerSecondMin"/>; 60 s by
    /// default.</summary>
    public TimeSpan AnswerTimeout { get; init; } = TimeSpan.FromSeconds(60);

    /// <summary>The slowest transfer of content that still counts as alive; 64 KiB a second by default.</summary>
    public long BytesPerSecondMin { get; init; } = 64 * 1024;

    /// <summary>Files up to this size go in one request; 4 MiB by default, the service takes up to 5,000 MiB.</summary>
    public int SinglePutBytesMax { get; init; } = 4 * 1024 * 1024;

    /// <summary>Blobs in one page of a listing; 5,000 by default, which is the service's own limit.</summary>
    public int PageItemsMax { get; init; } = 5000;

    /// <summary>The proxy for requests to other machines; the one that the environment names by default, null for none.</summary>
    public IWebProxy? Proxy { get; init; } = HttpClient.DefaultProxy;

    /// <summary>Makes the handler the driver expects: no redirects, no cookies, no decompression, and a proxy only to other
    /// machines.</summary>
    public SocketsHttpHandler CreateHandler() => new()
    {
        AllowAutoRedirect = false,
        ActivityHeadersPropagator = null,
        AutomaticDecompression = DecompressionMethods.None,
        ConnectTimeout = ConnectTimeout,
        EnableMultipleHttp2Connections = false,
        MaxConnectionsPerServer = ConnectionsMax,
        PlaintextStreamFilter = static (context, _) => new(new WholeRequestStream(context.PlaintextStream)),
        PooledConnectionIdleTimeout = TimeSpan.FromSeconds(30),
        PooledConnectionLifetime = TimeSpan.FromMinutes(15),
        Proxy = Proxy is null ? null : new OutsideProxy(Proxy),
        UseCookies = false,
        UseProxy = Proxy is not null,
    };
}
