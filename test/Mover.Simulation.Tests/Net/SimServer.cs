using System.Net;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Http.Features;

namespace Mover.Simulation;

/// <summary>What listens in Kestrel's place: it gives the whole app what arrives from the simulated network.</summary>
internal sealed class SimServer(Network network, Process process, string url) : IServer
{
    private Func<FeatureCollection, Task>? _answer;

    public IFeatureCollection Features { get; } = MakeFeatures(url);

    public Process Process => process;

    public Task StartAsync<TContext>(IHttpApplication<TContext> application, CancellationToken cancellationToken)
        where TContext : notnull
    {
        _answer = async features =>
        {
            var context = application.CreateContext(features);
            try
            {
                await application.ProcessRequestAsync(context);
                application.DisposeContext(context, null);
            }
            catch (Exception fault)
            {
                application.DisposeContext(context, fault);
                throw;
            }
        };
        network.Listen(new Uri(url).Authority, this);
        return Task.CompletedTask;
    }

    public Task StopAsync(CancellationToken cancellationToken)
    {
        network.Leave(new Uri(url).Authority, this);
        return Task.CompletedTask;
    }

    public void Dispose() => network.Leave(new Uri(url).Authority, this);

    /// <summary>The app's answer; null when the connection ends without one.</summary>
    public async Task<HttpResponseMessage?> AnswerAsync(Exchange exchange)
    {
        var request = new HttpRequestFeature
        {
            Protocol = "HTTP/2",
            Scheme = exchange.Uri.Scheme,
            Method = exchange.Method,
            Path = Uri.UnescapeDataString(exchange.Uri.AbsolutePath),
            RawTarget = exchange.Uri.PathAndQuery,
            QueryString = exchange.Uri.Query,
            Body = new MemoryStream(exchange.Body, writable: false),
        };
        foreach (var (name, value) in exchange.Headers)
        {
            request.Headers[name] = value;
        }

        request.Headers.Host = exchange.Uri.Authority;
        if (exchange.Body.Length > 0)
        {
            request.Headers.ContentLength = exchange.Body.Length;
        }

        var response = new SimResponse();
        var features = new FeatureCollection();
        features.Set<IHttpRequestFeature>(request);
        features.Set<IHttpResponseFeature>(response);
        features.Set<IHttpResponseBodyFeature>(response.BodyFeature);
        features.Set<IHttpRequestBodyDetectionFeature>(new BodyDetection(exchange.Body.Length > 0));
        features.Set<IHttpRequestLifetimeFeature>(new Lifetime(exchange));
        features.Set<IHttpConnectionFeature>(new HttpConnectionFeature
        {
            ConnectionId = "sim", RemoteIpAddress = IPAddress.Loopback, LocalIpAddress = IPAddress.Loopback,
        });
        try
        {
            await (_answer ?? throw new InvalidOperationException("The server has not started."))(features);
            await response.EndAsync();
        }
        catch (Exception)
        {
            return null;
        }

        return response.ToMessage();
    }

    private static FeatureCollection MakeFeatures(string url)
    {
        var features = new FeatureCollection();
        var addresses = new ServerAddressesFeature();
        addresses.Addresses.Add(url);
        features.Set<IServerAddressesFeature>(addresses);
        return features;
    }

    private sealed record BodyDetection(bool CanHaveBody) : IHttpRequestBodyDetectionFeature;

    private sealed class Lifetime(Exchange exchange) : IHttpRequestLifetimeFeature
    {
        public CancellationToken RequestAborted { get; set; } = exchange.Aborted;

        public void Abort() => exchange.Abort();
    }
}
