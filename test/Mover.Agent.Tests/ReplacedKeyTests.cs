using System.Security.Cryptography;
using Mover.Client.Agent;
using Mover.Server.Tests;

namespace Mover.Agent.Tests;

/// <summary>Another public key of a machine is another identity.</summary>
public sealed class ReplacedKeyTests
{
    [Fact]
    public async Task An_agent_whose_machine_got_another_key_is_shut_out_and_says_what_to_do()
    {
        await using var scene = await ChannelScene.StartAsync();
        await scene.ClaimAsync();
        using var other = ECDsa.Create(ECCurve.NamedCurves.nistP256);

        var patched = await scene.Server.SendAsync(
            HttpMethod.Patch,
            TestServer.Versioned(scene.Agent.ArcResourceId, "2024-07-10"),
            $$"""{"properties":{"clientPublicKey":"{{Convert.ToBase64String(other.ExportSubjectPublicKeyInfo())}}"} }""");

        Assert.True(patched.IsSuccessStatusCode, await patched.Content.ReadAsStringAsync());
        Assert.True(await IsShutOutAsync(scene.Channel), "A token from before the change still speaks for the agent.");
        using var anew = scene.Connect("a1");
        var refused = await Assert.ThrowsAsync<AgentChannelException>(() => anew.BeatAsync(ChannelScene.Beat(), CancellationToken.None));
        Assert.Contains("its public key was changed", refused.Message, StringComparison.Ordinal);
        Assert.Contains("'mover agent unregister', then 'mover agent register'", refused.Message, StringComparison.Ordinal);
    }

    private static async Task<bool> IsShutOutAsync(AgentChannelClient channel)
    {
        try
        {
            return (await channel.BeatAsync(ChannelScene.Beat(), CancellationToken.None)).Refusal is { Status: 401 or 403 };
        }
        catch (AgentChannelException refused)
        {
            return refused.Status == 401;
        }
    }
}
