using Microsoft.Extensions.Logging.Abstractions;
using Mover.Client.Agent;
using Mover.Core.AgentProtocol;
using Mover.Server.Tests;
using Mover.Server.Tests.Operations;
using Mover.State;
using Mover.Volumes.AzureBlob;

namespace Mover.Agent.Tests;

/// <summary>An instance whose clock is an hour off signs for another time; an agent that knows other instances asks them.</summary>
public sealed class WrongClockTests : IAsyncLifetime
{
    private readonly TempFolder _state = new();
    private IStateStore _store = null!;
    private ChannelScene _scene = null!;

    public async Task InitializeAsync()
    {
        _store = await StateEngine.Sqlite.OpenAsync(
            new(_state.Path, MustExist: false, TimeProvider.System, NullLoggerFactory.Instance), default);
        _scene = await ChannelScene.StartAsync(configure: options => SharedStore.Under(options, "right", new SharedStore(_store)));
    }

    public async Task DisposeAsync()
    {
        await _scene.DisposeAsync();
        await _store.DisposeAsync();
        _state.Dispose();
    }

    [Theory]
    [InlineData(-60)]
    [InlineData(60)]
    public async Task A_refused_signature_that_does_not_cover_the_services_time_is_asked_of_another_instance(int minutes)
    {
        await using var wrong = await TestServer.StartAsync(
            options => SharedStore.Under(options, "wrong", new SharedStore(_store)), new ShiftedClock(TimeSpan.FromMinutes(minutes)),
            folder: _scene.Server.Folder);
        var account = await _scene.CreateAccountAsync("http://127.0.0.1:10000/acc/", "AAECAwQFBgcICQoLDA0ODw==");
        await _scene.GrantAsync(account, ChannelScene.DataContributor);
        var order = await _scene.ClaimAsync();
        using var channel = Connect(wrong.Url, _scene.Server.Url);
        var ask = new CredentialRequest(order.RunId, order.Epoch, RunSide.Target);
        var first = ChannelScene.Value(await channel.CredentialsAsync(ask, default));
        var source = new SasSource(channel, ask, first, TimeProvider.System);
        var now = TimeProvider.System.GetUtcNow();

        var signed = await source.GetAsync(null, default);
        var renewed = await source.GetAsync(now, default);

        Assert.False(Covers(signed.Value, now), "The first instance's clock is not wrong.");
        Assert.True(Covers(renewed.Value, now), renewed.Value.Split("&sig=")[0]);
        Assert.Equal(_scene.Server.Url, channel.Addresses.Current);
    }

    [Fact]
    public async Task A_single_instance_with_a_wrong_clock_is_asked_once_more()
    {
        await using var wrong = await TestServer.StartAsync(
            options => SharedStore.Under(options, "wrong", new SharedStore(_store)), new ShiftedClock(TimeSpan.FromHours(-1)),
            folder: _scene.Server.Folder);
        var account = await _scene.CreateAccountAsync("http://127.0.0.1:10000/acc/", "AAECAwQFBgcICQoLDA0ODw==");
        await _scene.GrantAsync(account, ChannelScene.DataContributor);
        var order = await _scene.ClaimAsync();
        using var channel = Connect(wrong.Url);
        var ask = new CredentialRequest(order.RunId, order.Epoch, RunSide.Target);
        var source = new SasSource(channel, ask, ChannelScene.Value(await channel.CredentialsAsync(ask, default)), TimeProvider.System);
        await source.GetAsync(null, default);
        var now = TimeProvider.System.GetUtcNow();

        var renewed = await source.GetAsync(now, default);

        Assert.False(Covers(renewed.Value, now));
    }

    private AgentChannelClient Connect(params string[] addresses)
    {
        using var folder = AgentFolder.Open(_scene.Folder.At("a1"));
        var record = folder.ReadRecord();
        return new(
            new(record.AgentId, record.TenantId, record.PrincipalId, folder.OpenKey()), new AgentAddresses(addresses),
            AgentTrust.CreateHandler(record.CaPem), TimeProvider.System);
    }

    private static bool Covers(string sas, DateTimeOffset moment) =>
        SasCredential.ValidityOf(sas) is var (from, until) && from <= moment && until > moment;

    private sealed class ShiftedClock(TimeSpan by) : TimeProvider
    {
        public override DateTimeOffset GetUtcNow() => base.GetUtcNow() + by;
    }
}
