using Mover.Testing;
using Mover.Transfer.Contract;
using Mover.Volumes.Nfs;
using Mover.Volumes.Tests.Local;

namespace Mover.Volumes.Tests.Nfs;

/// <summary>An export that takes requests from ports below 1024 only.</summary>
public sealed class NfsPortTests(LowPortsServer server) : IClassFixture<LowPortsServer>
{
    [RequiresTheory("MOVER_GANESHA")]
    [InlineData(NfsVersion.V3)]
    [InlineData(NfsVersion.V4)]
    public async Task Without_a_low_port_the_fault_names_the_cause_and_what_to_do(NfsVersion version)
    {
        var (tree, options) = server.NewTree(version);
        using var owned = tree;

        // The threads that connect are started there, and stay without.
        var opening = Task.CompletedTask;
        LimitedThread.WithoutLowPorts(() => opening = NfsVolume.OpenAsync(options, default));
        var fault = (await Assert.ThrowsAsync<VolumeException>(() => opening)).Fault;

        Assert.Contains("below 1024", fault.Advice, StringComparison.Ordinal);
        Assert.Contains("CAP_NET_BIND_SERVICE", fault.Advice, StringComparison.Ordinal);
        Assert.Contains("insecure", fault.Advice, StringComparison.Ordinal);
        Assert.DoesNotContain("null", fault.Message, StringComparison.Ordinal);
    }

    [RequiresTheory("MOVER_GANESHA")]
    [InlineData(NfsVersion.V3)]
    [InlineData(NfsVersion.V4)]
    public async Task With_a_low_port_it_opens(NfsVersion version)
    {
        var (tree, options) = server.NewTree(version);
        using var owned = tree;

        await using var volume = await NfsVolume.OpenAsync(options, default);

        await volume.ProbeAsync(default);
    }
}
