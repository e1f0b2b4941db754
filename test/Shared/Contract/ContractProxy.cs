using System.Collections.Concurrent;
using System.Net;
using System.Security.Cryptography.X509Certificates;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.Extensions.Logging;
using Mover.Conformance.Contract;

namespace Mover.Testing;

/// <summary>
/// A real HTTPS server between clients that bring their own transport and a control plane, with the control plane's certificate. Passes
/// everything on as it is, the Host header too, so that links lead back here, and holds every exchange to the API definitions. What it finds
/// wrong it keeps: the client gets its answer all the same. Safe for many clients at once.
/// </summary>
internal sealed class ContractProxy : IAsyncDisposable
{
    private static readonly UriCreationOptions AsWritten = new() { DangerousDisablePathAndQueryCanonicalization = true };
    private static readonly string[] OwnHeaders = ["Connection", "Transfer-Encoding", "Keep-Alive", "Content-Length", "Expect"];

    private readonly ConcurrentQueue<string> _wrong = new();
    private readonly ConcurrentDictionary<(string Version, string Operation), bool> _done = new();
    private readonly WebApplication _app;
    private readonly X509Certificate2 _certificate;
    private readonly HttpMessageInvoker _control;
    private readonly string _controlUrl;
    private int _held;

    private ContractProxy(WebApplication app, X509Certificate2 certificate, HttpMessageInvoker control, string controlUrl) =>
        (_app, _certificate, _control, _controlUrl) = (app, certificate, control, controlUrl.TrimEnd('/'));

    /// <summary>Where clients find it.</summary>
    public string Url => _app.Urls.First();

    /// <summary>Exchanges that a definition spoke of.</summary>
    public int Held => Volatile.Read(ref _held);

    /// <summary>The operations of an api-version that somebody asked for and got.</summary>
    public IReadOnlyList<string> OperationsOf(string version) =>
        [.. _done.Keys.Where(done => done.Version == version).Select(done => done.Operation)];

    /// <summary>Stands in front of the control plane that runs at an address with a data folder.</summary>
    /// <param name="controlUrl">Scheme, host and port of the control plane.</param>
    /// <param name="dataFolder">Its data folder, for its certificate.</param>
    /// <param name="between">Put between the proxy and the control plane, to spoil what passes; null for nothing.</param>
    public static async Task<ContractProxy> StartAsync(string controlUrl, string dataFolder, DelegatingHandler? between = null)
    {
        var pem = await File.ReadAllTextAsync(Path.Combine(dataFolder, "tls", "server.pem"));
        var certificate = X509Certificate2.CreateFromPem(pem, pem);
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseKestrelHttpsConfiguration().ConfigureKestrel(kestrel =>
        {
            kestrel.Listen(IPAddress.Loopback, 0, listen => listen.UseHttps(certificate));
            kestrel.AddServerHeader = false;
            kestrel.Limits.MaxRequestBodySize = null;
        });
        var transport = Trusting(Path.Combine(dataFolder, "tls", "ca.pem"));
        between?.InnerHandler = transport;
        var app = builder.Build();
        var proxy = new ContractProxy(app, certificate, new(between ?? (HttpMessageHandler)transport), controlUrl);
        app.Run(proxy.PassAsync);
        await app.StartAsync();
        return proxy;
    }

    /// <summary>A transport that trusts one certificate authority and follows nothing by itself.</summary>
    public static SocketsHttpHandler Trusting(string authorityPath) => new()
    {
        UseProxy = false,
        UseCookies = false,
        AllowAutoRedirect = false,
        SslOptions =
        {
            CertificateChainPolicy = new()
            {
                TrustMode = X509ChainTrustMode.CustomRootTrust,
                RevocationMode = X509RevocationMode.NoCheck,
                CustomTrustStore = { X509CertificateLoader.LoadCertificateFromFile(authorityPath) },
            },
        },
    };

    /// <summary>Fails with every violation since it was last asked: operation, version, place, problem, and the exchange.</summary>
    public void AssertKept()
    {
        var wrong = new List<string>();
        while (_wrong.TryDequeue(out var one))
        {
            wrong.Add(one);
        }

        Assert.True(wrong.Count == 0, string.Join("\n\n", wrong));
    }

    public async ValueTask DisposeAsync()
    {
        using var now = new CancellationTokenSource(TimeSpan.Zero);
        await _app.StopAsync(now.Token);
        await _app.DisposeAsync();
        _control.Dispose();
        _certificate.Dispose();
    }

    private async Task PassAsync(HttpContext context)
    {
        try
        {
            using var request = await ReadAsync(context);
            using var answer = await _control.SendAsync(request, context.RequestAborted);
            await answer.Content.LoadIntoBufferAsync(context.RequestAborted);
            Check(await Exchange.ReadAsync(request, answer, context.RequestAborted));
            await WriteAsync(context, answer);
        }
        catch (Exception gone) when (gone is OperationCanceledException or IOException or HttpRequestException)
        {
            // The client or the control plane went away, as processes do that are killed.
            context.Abort();
        }
    }

    private void Check(Exchange exchange)
    {
        if (ContractCheck.IsHeld(exchange))
        {
            Interlocked.Increment(ref _held);
        }

        if (exchange.Status < 400 && ContractCheck.OperationOf(exchange) is { } operation)
        {
            _done[(exchange.ApiVersion, operation)] = true;
        }

        var violations = ContractCheck.Run(exchange);
        if (violations.Count > 0)
        {
            _wrong.Enqueue($"{string.Join('\n', violations)}\n{exchange.Excerpt()}");
        }
    }

    private async Task<HttpRequestMessage> ReadAsync(HttpContext context)
    {
        var target = context.Features.GetRequiredFeature<IHttpRequestFeature>().RawTarget;
        var request = new HttpRequestMessage(new HttpMethod(context.Request.Method), new Uri(_controlUrl + target, AsWritten));
        if (context.Request.ContentLength is not null || context.Request.Headers.TransferEncoding.Count > 0)
        {
            using var body = new MemoryStream();
            await context.Request.Body.CopyToAsync(body, context.RequestAborted);
            request.Content = new ByteArrayContent(body.ToArray());
        }

        foreach (var (name, values) in context.Request.Headers.Where(header => IsPassed(header.Key)))
        {
            if (!request.Headers.TryAddWithoutValidation(name, values.AsEnumerable()))
            {
                request.Content?.Headers.TryAddWithoutValidation(name, values.AsEnumerable());
            }
        }

        return request;
    }

    private static async Task WriteAsync(HttpContext context, HttpResponseMessage answer)
    {
        context.Response.StatusCode = (int)answer.StatusCode;
        foreach (var (name, values) in answer.Headers.Concat(answer.Content.Headers).Where(header => IsPassed(header.Key)))
        {
            context.Response.Headers[name] = values.ToArray();
        }

        var content = await answer.Content.ReadAsByteArrayAsync(context.RequestAborted);
        if (!HttpMethods.IsHead(context.Request.Method)
            && answer.StatusCode is not (HttpStatusCode.NoContent or HttpStatusCode.NotModified))
        {
            context.Response.ContentLength = content.Length;
            await context.Response.Body.WriteAsync(content, context.RequestAborted);
        }

        await context.Response.CompleteAsync();
    }

    private static bool IsPassed(string header) => !OwnHeaders.Contains(header, StringComparer.OrdinalIgnoreCase);
}
