using System.Collections.Concurrent;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Extensions;
using Microsoft.AspNetCore.Http.Features;

namespace Mover.Cli.Tests;

/// <summary>A Blob service that fails in one way and repeats in its answer all that it was sent: the URL with its query, and the headers.</summary>
internal sealed class EchoingBlobService : IAsyncDisposable
{
    private const string Listing = "<?xml version=\"1.0\" encoding=\"utf-8\"?><EnumerationResults><Blobs /><NextMarker /></EnumerationResults>";
    private readonly WebApplication _app;
    private readonly string _failure;

    private EchoingBlobService(WebApplication app, string failure) => (_app, _failure) = (app, failure);

    /// <summary>The ways to fail: a status, or what becomes of the connection.</summary>
    public static readonly string[] Failures =
        ["301", "307", "400", "401", "403", "404", "409", "412", "416", "429", "500", "503", "507", "abort", "cut", "garbage", "writes"];

    /// <summary>What the requests had to show.</summary>
    public ConcurrentBag<string> Shown { get; } = [];

    public string Container => $"{_app.Urls.First()}/account/container";

    public static async Task<EchoingBlobService> StartAsync(string failure)
    {
        var builder = WebApplication.CreateEmptyBuilder(new());
        builder.WebHost.UseKestrelCore().UseUrls("http://127.0.0.1:0");
        var app = builder.Build();
        var service = new EchoingBlobService(app, failure);
        app.Run(service.AnswerAsync);
        await app.StartAsync();
        return service;
    }

    public ValueTask DisposeAsync() => _app.DisposeAsync();

    private async Task AnswerAsync(HttpContext http)
    {
        Shown.Add($"{http.Request.GetEncodedPathAndQuery()} {http.Request.Headers.Authorization}");
        if (_failure == "writes" && http.Request.Method == "GET")
        {
            await http.Response.WriteAsync(Listing);
            return;
        }

        switch (_failure)
        {
            case "abort":
                http.Abort();
                return;
            case "cut":
                http.Response.ContentLength = 100_000;
                await http.Response.WriteAsync(Echo(http));
                http.Abort();
                return;
            case "garbage":
                await http.Response.WriteAsync(Echo(http));
                return;
        }

        http.Response.StatusCode = int.TryParse(_failure, out var status) ? status : StatusCodes.Status403Forbidden;
        var one = http.Request.QueryString.Value is { Length: > 1 } query ? query[1..] : http.Request.Headers.Authorization.ToString();
        http.Features.Get<IHttpResponseFeature>()!.ReasonPhrase = one;
        http.Response.Headers["x-ms-error-code"] = one.Split("sig=")[^1];
        http.Response.Headers.Location = http.Request.GetEncodedUrl();
        http.Response.Headers.ETag = $"\"{one}\"";
        await http.Response.WriteAsync(Echo(http));
    }

    private static string Echo(HttpContext http)
    {
        var all = System.Net.WebUtility.HtmlEncode(
            $"{http.Request.GetEncodedUrl()} {http.Request.QueryString.Value} {string.Join(' ', http.Request.Headers.Select(h => h.Value.ToString()))}");
        var unescaped = System.Net.WebUtility.HtmlEncode(Uri.UnescapeDataString(http.Request.QueryString.Value ?? string.Empty));
        return $"<?xml version=\"1.0\"?><Error><Code>{all}</Code><Message>{unescaped} {all}</Message>"
            + $"<AuthenticationErrorDetail>{unescaped}</AuthenticationErrorDetail></Error>";
    }
}
