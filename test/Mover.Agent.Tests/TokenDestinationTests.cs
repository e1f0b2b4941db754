using System.Collections.Concurrent;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Mover.Server.Tests;

namespace Mover.Agent.Tests;

/// <summary>The agent's own Azure token, where anyone who may register a storage account names the host.</summary>
public sealed class TokenDestinationTests
{
    [Fact]
    public async Task An_account_without_a_key_at_a_foreign_host_fails_the_job_and_no_token_leaves_the_agent()
    {
        await using var scene = await ChannelScene.StartAsync();
        await using var host = await ForeignHost.StartAsync();
        var account = await scene.CreateAccountAsync(host.Url, key: null);
        await scene.GrantAsync(account, ChannelScene.DataContributor);
        Directory.CreateDirectory(scene.Folder.At("export"));
        using var agent = AgentApp.Create(new() { DataFolder = scene.Folder.At("a1"), Mounts = [$"filer:/data={scene.Folder.At("export")}"] });
        await agent.StartAsync();

        var run = await scene.StartJobAsync();
        await scene.WaitForAsync(run, "Failed");
        await agent.StopAsync();

        var error = (await scene.PropertiesAsync(run))["error"]!;
        Assert.Equal("AZSM1025", error["code"]!.GetValue<string>());
        Assert.Contains("Not sending the Azure token to", error["message"]!.GetValue<string>(), StringComparison.Ordinal);
        Assert.Empty(host.Authorizations);
    }

    /// <summary>A host that is this machine's identity service and, for whoever comes, a blob service: it notes what it is shown.</summary>
    private sealed class ForeignHost : IAsyncDisposable
    {
        private readonly WebApplication _app;

        private ForeignHost(WebApplication app) => _app = app;

        public ConcurrentQueue<string> Authorizations { get; } = new();

        public string Url => _app.Urls.First();

        public static async Task<ForeignHost> StartAsync()
        {
            var builder = WebApplication.CreateEmptyBuilder(new());
            builder.WebHost.UseKestrelCore().UseUrls("http://127.0.0.1:0");
            var app = builder.Build();
            var host = new ForeignHost(app);
            app.Run(host.AnswerAsync);
            await app.StartAsync();

            // Only a keyless account asks for the host's own identity, and only here.
            Environment.SetEnvironmentVariable("IDENTITY_ENDPOINT", $"{host.Url}/identity");
            Environment.SetEnvironmentVariable("IDENTITY_HEADER", "header");
            return host;
        }

        public ValueTask DisposeAsync()
        {
            Environment.SetEnvironmentVariable("IDENTITY_ENDPOINT", null);
            Environment.SetEnvironmentVariable("IDENTITY_HEADER", null);
            return _app.DisposeAsync();
        }

        private Task AnswerAsync(HttpContext http)
        {
            if (http.Request.Path.StartsWithSegments("/identity", StringComparison.Ordinal))
            {
                http.Response.ContentType = "application/json";
                return http.Response.WriteAsync(
                    """{"access_token":"the-token","expires_on":"4102444800","resource":"https://storage.azure.com","token_type":"Bearer"}""");
            }

            Authorizations.Enqueue(http.Request.Headers.Authorization.ToString());
            http.Response.StatusCode = StatusCodes.Status403Forbidden;
            return Task.CompletedTask;
        }
    }
}
