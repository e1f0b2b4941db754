using System.Net;
using Mover.Server.DataFolders;
using Mover.Server.Keys;
using Mover.State;
using Mover.State.Tests.Etcd;
using Mover.Testing;

namespace Mover.Server.Tests.Identity;

/// <summary>Servers with data folders of their own over three real members of etcd, as <c>--store</c> and <c>--key-ring</c> make them.</summary>
public sealed class EtcdControlPlaneTests : IDisposable
{
    private readonly TempFolder _data = new();

    public EtcdControlPlaneTests() => WriteRing("ring");

    public void Dispose() => _data.Dispose();

    [RequiresFact("MOVER_ETCD")]
    public async Task Two_servers_serve_one_control_plane_and_continue_without_a_member_and_without_each_other()
    {
        await using var etcd = await EtcdServer.StartAsync(3);
        var one = await StartAsync("one", etcd);
        await using var two = await StartAsync("two", etcd);
        await one.CreateJobAsync();
        Assert.Equal(HttpStatusCode.OK, (await two.GetAsync(two.Definition())).StatusCode);

        await etcd.KillAsync(0);
        var written = new List<string>();
        for (var number = 0; number < 20; number++)
        {
            var (server, project) = (number % 2 == 0 ? one : two, $"{one.Mover()}/projects/after{number}");
            if ((await UntilServedAsync(() => server.PutAsync(project, "{}"))).IsSuccessStatusCode)
            {
                written.Add(project);
            }
        }

        await one.DisposeAsync();
        Assert.Equal(20, written.Count);
        Assert.All(await Task.WhenAll(written.Select(two.GetAsync)), answer => Assert.Equal(HttpStatusCode.OK, answer.StatusCode));
        Assert.Equal(HttpStatusCode.Accepted, (await UntilServedAsync(() => two.DeleteAsync(two.Mover()))).StatusCode);
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(60));
        while ((await two.GetAsync(two.Mover())).StatusCode != HttpStatusCode.NotFound)
        {
            await Task.Delay(100, limit.Token);
        }
    }

    [RequiresFact("MOVER_ETCD")]
    public async Task A_server_with_another_key_ring_or_another_planes_folder_does_not_start()
    {
        await using var etcd = await EtcdServer.StartQuickAsync();
        await using var other = await EtcdServer.StartQuickAsync();
        await (await StartAsync("one", etcd)).DisposeAsync();
        await (await StartAsync("stranger", other)).DisposeAsync();
        WriteRing("ring2");

        var wrongRing = await Assert.ThrowsAsync<DataFolderException>(() => StartAsync("two", etcd, "ring2"));
        var noRing = await Assert.ThrowsAsync<DataFolderException>(() => StartAsync("three", etcd, ring: null));
        var stranger = await Assert.ThrowsAsync<DataFolderException>(() => StartAsync("stranger", etcd));

        Assert.Contains("which it does not have", wrongRing.Message, StringComparison.Ordinal);
        Assert.Contains("--key-ring", noRing.Message, StringComparison.Ordinal);
        Assert.Contains("restore both from the same backup", stranger.Message, StringComparison.Ordinal);
    }

    [RequiresFact("MOVER_ETCD")]
    public async Task A_folder_that_has_served_starts_over_an_empty_store_only_when_told_to()
    {
        await using var etcd = await EtcdServer.StartQuickAsync();
        await using (await TestServer.StartAsync(folder: Made("one")))
        {
            // A control plane over a file.
        }

        var refused = await Assert.ThrowsAsync<DataFolderException>(() => StartAsync("one", etcd));
        await using var started = await StartAsync("one", etcd, startEmpty: true);

        Assert.Contains("--start-empty", refused.Message, StringComparison.Ordinal);
        Assert.Equal(HttpStatusCode.OK, (await started.GetAsync("/subscriptions?api-version=2022-12-01")).StatusCode);
    }

    private static async Task<HttpResponseMessage> UntilServedAsync(Func<Task<HttpResponseMessage>> ask)
    {
        var answer = await ask();
        for (var tries = 1; tries < 10 && answer.StatusCode is HttpStatusCode.ServiceUnavailable or HttpStatusCode.InternalServerError; tries++)
        {
            await Task.Delay(TimeSpan.FromSeconds(1));
            answer = await ask();
        }

        return answer;
    }

    private Task<TestServer> StartAsync(string name, EtcdServer etcd, string? ring = "ring", bool startEmpty = false) => TestServer.StartAsync(
        options => options with
        {
            InstanceName = name,
            Store = StateEngine.Parse("etcd://" + string.Join(',', etcd.Endpoints.Select(endpoint => endpoint.Authority))),
            KeyRing = ring is null ? null : _data.At(ring),
            StartEmpty = startEmpty,
        },
        folder: Made(name));

    private string Made(string name) => Directory.CreateDirectory(_data.At(name)).FullName;

    private void WriteRing(string name)
    {
        File.WriteAllText(_data.At(name), RingKeys.MakeLine() + "\n");
        File.SetUnixFileMode(_data.At(name), UnixFileMode.UserRead | UnixFileMode.UserWrite);
    }
}
