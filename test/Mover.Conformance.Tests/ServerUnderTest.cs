using System.Net.Security;
using Microsoft.AspNetCore.Builder;
using Mover.Server;
using Mover.Server.Access;

namespace Mover.Conformance.Tests;

/// <summary>The real server over https on a free port, with its state in a folder of its own that goes when it is disposed.</summary>
internal sealed class ServerUnderTest : IAsyncDisposable
{
    private readonly WebApplication _app;
    private readonly string _folder;

    private ServerUnderTest(WebApplication app, string folder)
    {
        _app = app;
        _folder = folder;
        Token = AdministratorToken.Create(folder, TimeProvider.System).Reveal();
        Handler = new SocketsHttpHandler
        {
            SslOptions = new SslClientAuthenticationOptions { RemoteCertificateValidationCallback = (_, certificate, _, _) => certificate is not null },
        };
        Http = new(Handler) { BaseAddress = new(app.Urls.First()) };
    }

    /// <summary>What the client sends with.</summary>
    public HttpMessageHandler Handler { get; }

    /// <summary>A client without a token.</summary>
    public HttpClient Http { get; }

    /// <summary>An administrator's token.</summary>
    public string Token { get; }

    public static async Task<ServerUnderTest> StartAsync(int pageSize = 100)
    {
        var folder = Directory.CreateTempSubdirectory("mover-conformance-").FullName;
        var app = ServerApp.Create(new() { DataFolder = folder, Urls = ["https://127.0.0.1:0"], PageSize = pageSize });
        await app.StartAsync();
        return new(app, folder);
    }

    public async ValueTask DisposeAsync()
    {
        Http.Dispose();
        await _app.DisposeAsync();
        Directory.Delete(_folder, recursive: true);
    }
}
