using System.Net.Http.Headers;
using System.Runtime.CompilerServices;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;
using Mover.Server.Access;
using Mover.Server.DataFolders;
using Mover.Server.Identity;
using Mover.Server.Regions;
using Mover.Server.Settings;
using Mover.State;
using Mover.Testing;

namespace Mover.Server.Tests;

/// <summary>
/// The real server over https on a free port, with its state in a folder of its own that goes when it is disposed. Every exchange with it,
/// whoever asks, is held to the API definition of its version; its end fails when one broke it.
/// </summary>
public sealed class TestServer : IAsyncDisposable
{
    public const string ApiVersion = "2025-12-01";

    // Making an RSA key takes longer than starting a server; the servers of one test run share one.
    private static readonly Lazy<byte[]> SigningKey = new(() =>
    {
        using var key = RSA.Create(2048);
        return Encoding.ASCII.GetBytes(key.ExportPkcs8PrivateKeyPem());
    });

    private readonly bool _ownsFolder;
    private readonly TimeProvider? _clock;
    private readonly Func<ServerOptions, ServerOptions> _configure;
    private WebApplication _app;
    private readonly string _testClass;
    private string _lastUrl = string.Empty;

    private TestServer(
        WebApplication app, ContractFolder contract, string folder, bool ownsFolder, TimeProvider? clock,
        Func<ServerOptions, ServerOptions> configure, string testClass)
    {
        Contract = contract;
        _testClass = testClass;
        _app = app;
        _ownsFolder = ownsFolder;
        _clock = clock;
        _configure = configure;
        Folder = folder;
        Subscription = app.Services.GetRequiredService<Administrator>().SubscriptionId;
        Http = NewClient();
    }

    public string Folder { get; }

    public string Url => _app.Urls.First();

    public IServiceProvider Services => _app.Services;

    /// <summary>The store as the server was given it, below what its region adds.</summary>
    public IStateStore Engine => Services.GetRequiredService<RegionMembership>().Store;

    /// <summary>What its exchanges were held to.</summary>
    public ContractFolder Contract { get; }

    /// <summary>A client with an administrator's token.</summary>
    public HttpClient Http { get; private set; }

    /// <summary>The subscription that the first start made.</summary>
    public string Subscription { get; }

    public static async Task<TestServer> StartAsync(
        Func<ServerOptions, ServerOptions>? configure = null, TimeProvider? clock = null, string? folder = null,
        [CallerFilePath] string testFile = "")
    {
        var ownsFolder = folder is null;
        folder ??= Directory.CreateTempSubdirectory("mover-server-").FullName;
        if (ownsFolder)
        {
            PrivateFile.TryCreate(new IdentityFiles(folder).SigningKeyPath, SigningKey.Value);
        }

        configure ??= options => options;
        var contract = new ContractFolder();
        WebApplication? app = null;
        try
        {
            app = await CreateAsync(contract, folder, clock, configure);
            await app.StartAsync();
        }
        catch
        {
            await (app?.DisposeAsync() ?? ValueTask.CompletedTask);
            contract.Dispose();
            if (ownsFolder)
            {
                Directory.Delete(folder, recursive: true);
            }

            throw;
        }

        return new(app, contract, folder, ownsFolder, clock, configure, Path.GetFileNameWithoutExtension(testFile));
    }

    /// <summary>Stops the server and starts another on the same folder, on another port.</summary>
    public async Task RestartAsync()
    {
        await _app.DisposeAsync();
        Http.Dispose();
        _app = await CreateAsync(Contract, Folder, _clock, _configure);
        await _app.StartAsync();
        Http = NewClient();
    }

    /// <summary>Stops the server; <see cref="StartAgainAsync"/> starts another on the same folder and the same port.</summary>
    public async Task StopAsync()
    {
        _lastUrl = Url;
        await _app.DisposeAsync();
        Http.Dispose();
    }

    /// <summary>Starts a server again where it was stopped.</summary>
    public async Task StartAgainAsync()
    {
        _app = await CreateAsync(Contract, Folder, _clock, options => _configure(options) with { Urls = [_lastUrl] });
        await _app.StartAsync();
        Http = NewClient();
    }

    /// <summary>Waits until the server has read what it judges by; on a busy machine that takes a while after a start.</summary>
    public async Task UntilReadyAsync()
    {
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(60));
        while (!(await Http.GetAsync("/readyz", limit.Token)).IsSuccessStatusCode)
        {
            await Task.Delay(20, limit.Token);
        }
    }

    /// <summary>Takes a new administrator's token, after a clock was moved beyond the life of the last one.</summary>
    public void SignInAgain()
    {
        Http.Dispose();
        Http = NewClient();
    }

    public Task<HttpResponseMessage> SendAsync(HttpMethod method, string path, string? json = null, params (string Name, string Value)[] headers)
    {
        var request = new HttpRequestMessage(method, path);
        if (json is not null)
        {
            request.Content = new StringContent(json, Encoding.UTF8, "application/json");
        }

        foreach (var (name, value) in headers)
        {
            request.Headers.TryAddWithoutValidation(name, value);
        }

        return Http.SendAsync(request);
    }

    /// <summary>A path with the api-version under test, unless it has one.</summary>
    public static string Versioned(string path, string version = ApiVersion) => path.Contains("api-version=", StringComparison.Ordinal) ? path
        : path + (path.Contains('?', StringComparison.Ordinal) ? '&' : '?') + "api-version=" + version;

    public async ValueTask DisposeAsync()
    {
        using var contract = Contract;
        Http.Dispose();
        try
        {
            await _app.DisposeAsync();
        }
        finally
        {
            if (_ownsFolder)
            {
                Directory.Delete(Folder, recursive: true);
            }
        }

        contract.AssertKept();
    }

    private static async Task<WebApplication> CreateAsync(
        ContractFolder contract, string folder, TimeProvider? clock, Func<ServerOptions, ServerOptions> configure)
    {
        var app = await ServerApp.CreateAsync(configure(new() { DataFolder = folder, Urls = ["https://127.0.0.1:0"] }), clock);
        ContractWatch.Over(app.Services, contract);
        return app;
    }

    private HttpClient NewClient()
    {
        var handler = new SocketsHttpHandler();
        handler.SslOptions.RemoteCertificateValidationCallback = (_, certificate, _, _) => certificate is not null;
        var token = AdministratorToken.Create(Folder, _clock ?? TimeProvider.System).Reveal();
        var recorded = ExchangeRecord.Around(_testClass, handler);
        return new(recorded) { BaseAddress = new(Url), DefaultRequestHeaders = { Authorization = new("Bearer", token) } };
    }
}

public static class TestAnswers
{
    public static async Task<JsonObject> JsonAsync(this HttpResponseMessage response) =>
        JsonNode.Parse(await response.Content.ReadAsStringAsync())!.AsObject();

    public static async Task<string> ErrorCodeAsync(this HttpResponseMessage response) =>
        (await response.JsonAsync())["error"]!["code"]!.GetValue<string>();

    public static string Header(this HttpResponseMessage response, string name) => string.Join(',', response.Headers.GetValues(name));
}
