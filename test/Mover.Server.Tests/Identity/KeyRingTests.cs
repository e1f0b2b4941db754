using Mover.Server.DataFolders;
using Mover.Server.Identity;
using Mover.Server.Keys;
using Mover.Server.Settings;
using Mover.State;
using Mover.State.Documents;
using Mover.State.Tests;

namespace Mover.Server.Tests.Identity;

public sealed class KeyRingTests : IDisposable
{
    private static readonly byte[] Plain = [.. Enumerable.Range(0, 32).Select(at => (byte)at)];
    private readonly TempFolder _data = new();

    public void Dispose() => _data.Dispose();

    [Fact]
    public async Task Each_kind_of_ring_opens_what_it_has_wrapped()
    {
        var (line, variable) = (RingKeys.MakeLine(), "MOVER_TEST_" + Guid.NewGuid().ToString("N"));
        Write("ring", $"# ours\n\n{line}\n");
        Environment.SetEnvironmentVariable(variable, $"{line};");
        var program = Program("""
            read -r line
            if [ "$1" = wrap ]; then echo key-7; fi
            [ "$1" = wrap ] || [ "$2" = key-7 ] || exit 3
            echo "$line"
            """);

        foreach (var setting in new[] { _data.At("ring"), KeyRing.FromVariable + variable, KeyRing.FromCommand + program })
        {
            var ring = KeyRing.Of(setting, _data.Path);
            Assert.Equal(Plain, await ring.UnwrapAsync(await ring.WrapAsync(Plain, default), default));
        }

        Environment.SetEnvironmentVariable(variable, null);
    }

    [Theory]
    [InlineData("", "it has no key")]
    [InlineData("mover-key 0123456789abcdef AAAA", "line 1 is damaged")]
    [InlineData("secret", "line 1 is damaged")]
    public async Task A_ring_that_is_empty_or_damaged_is_refused_and_the_place_is_named(string content, string said)
    {
        Write("ring", content);

        var fault = await Assert.ThrowsAsync<DataFolderException>(async () => await KeyRing.Of(_data.At("ring"), _data.Path).WrapAsync(Plain, default));

        Assert.Contains(said, fault.Message, StringComparison.Ordinal);
        Assert.Equal(_data.At("ring"), fault.FilePath);
    }

    [Theory]
    [InlineData("echo no key module >&2; exit 4", "exit code 4: no key module")]
    [InlineData("echo only-one-line", "did not print two lines")]
    [InlineData("echo id; echo '***'", "did not print two lines")]
    public async Task What_a_program_says_when_it_fails_is_told(string script, string said)
    {
        var ring = KeyRing.Of(KeyRing.FromCommand + Program(script), _data.Path);

        var fault = await Assert.ThrowsAsync<DataFolderException>(async () => await ring.WrapAsync(Plain, default));

        Assert.Contains(said, fault.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_missing_program_is_named()
    {
        var ring = KeyRing.Of(KeyRing.FromCommand + _data.At("nothing"), _data.Path);

        Assert.Equal(_data.At("nothing"), (await Assert.ThrowsAsync<DataFolderException>(async () => await ring.WrapAsync(Plain, default))).FilePath);
    }

    [Fact]
    public async Task Every_changed_bit_of_what_was_wrapped_is_noticed()
    {
        Write("ring", RingKeys.MakeLine());
        var ring = KeyRing.Of(_data.At("ring"), _data.Path);
        var wrapped = await ring.WrapAsync(Plain, default);

        for (var bit = 0; bit < wrapped.Bytes.Length * 8; bit++)
        {
            var changed = wrapped.Bytes.ToArray();
            changed[bit / 8] ^= (byte)(1 << (bit % 8));
            await Assert.ThrowsAsync<DataFolderException>(async () => await ring.UnwrapAsync(wrapped with { Bytes = changed }, default));
        }
    }

    [Fact]
    public async Task A_start_without_the_ring_of_its_identity_is_refused_and_makes_no_other()
    {
        await using (var scene = await IdentityScene.OpenAsync(_data.Path, TimeProvider.System))
        {
            Assert.Single(scene.Identity.Current.SigningKeys);
        }

        var ring = _data.At("access", "key-ring");
        File.Move(ring, ring + ".away");

        var fault = await Assert.ThrowsAsync<DataFolderException>(() => IdentityScene.OpenAsync(_data.Path, TimeProvider.System));

        Assert.Equal((ring, false), (fault.FilePath, File.Exists(ring)));
        File.Move(ring + ".away", ring);
        await using var again = await IdentityScene.OpenAsync(_data.Path, TimeProvider.System);
    }

    [Fact]
    public async Task An_identity_that_was_changed_in_its_store_is_refused()
    {
        await using (var scene = await IdentityScene.OpenAsync(_data.Path, TimeProvider.System))
        {
            await scene.Documents.UpdateAsync(
                DeploymentIdentity.Key, IdentityJson.Default.StoredIdentity,
                found => found.Value with { Sealed = [.. found.Value.Sealed.Select((value, at) => at == 100 ? (byte)(value ^ 1) : value)] },
                scene.Identity.ServiceStamp(), default);
        }

        var fault = await Assert.ThrowsAsync<StateException>(() => IdentityScene.OpenAsync(_data.Path, TimeProvider.System));

        Assert.Equal(StateFault.Damaged, fault.Fault);
    }

    [Fact]
    public async Task Two_concurrent_first_starts_create_one_identity()
    {
        var store = await StateEngine.Sqlite.OpenAsync(
            new(_data.Path, false, TimeProvider.System, Microsoft.Extensions.Logging.Abstractions.NullLoggerFactory.Instance), default);
        await using var disposed = store;
        Write("ring", RingKeys.MakeLine());

        var opened = await Task.WhenAll(Enumerable.Range(0, 8).Select(number => Task.Run(() => new IdentityOpening(
            new DocumentStore(store),
            new() { DataFolder = Directory.CreateDirectory(_data.At($"host{number}")).FullName, KeyRing = _data.At("ring") },
            TimeProvider.System, Microsoft.Extensions.Logging.Abstractions.NullLogger<IdentityOpening>.Instance).OpenAsync(isStandby: false, default))));

        Assert.Single(opened.Select(identity => identity.Current.Administrator.TenantId).Distinct());
        Assert.Single(opened.Select(identity => identity.Current.SigningKeys[^1].Key.KeyId).Distinct());
    }

    [Fact]
    public async Task An_answer_of_the_store_that_comes_late_does_not_bring_an_older_identity_back()
    {
        await using var store = new SlowStore(await StateEngine.Sqlite.OpenAsync(
            new(_data.Path, false, TimeProvider.System, Microsoft.Extensions.Logging.Abstractions.NullLoggerFactory.Instance), default));
        var options = new ServerOptions { DataFolder = _data.Path };
        var logger = Microsoft.Extensions.Logging.Abstractions.NullLogger<IdentityOpening>.Instance;
        using var writer = await new IdentityOpening(new(store), options, TimeProvider.System, logger).OpenAsync(isStandby: false, default);
        using var reader = await new IdentityOpening(new(store), options, TimeProvider.System, logger).OpenAsync(isStandby: false, default);
        await writer.ChangeAsync(content => content, writer.ServiceStamp(), default);
        store.HoldNext();

        var late = reader.ReadAsync(default);
        await writer.ChangeAsync(content => content, writer.ServiceStamp(), default);
        await reader.ReadAsync(default);
        store.Release();
        await late;

        Assert.Equal(writer.Current.Info.Version, reader.Current.Info.Version);
    }

    [Fact]
    public async Task A_retired_signing_key_is_forgotten_when_its_last_token_has_expired()
    {
        var clock = new TestClock(DateTimeOffset.UtcNow);
        await using var scene = await IdentityScene.OpenAsync(_data.Path, clock);
        await scene.Upkeep.RotateAsync(IdentityParts.SigningKey, false, scene.Identity.ServiceStamp(), default);

        clock.Now += SigningKeyPart.KeptFor - TimeSpan.FromMinutes(1);
        await scene.TendAsync();
        var before = scene.Identity.Current.SigningKeys.Count;
        clock.Now += TimeSpan.FromMinutes(2);
        await scene.TendAsync();

        Assert.Equal((2, 1), (before, scene.Identity.Current.SigningKeys.Count));
    }

    private void Write(string name, string content)
    {
        File.WriteAllText(_data.At(name), content);
        File.SetUnixFileMode(_data.At(name), UnixFileMode.UserRead | UnixFileMode.UserWrite);
    }

    private string Program(string script)
    {
        var path = _data.At($"program-{Guid.NewGuid():N}");
        File.WriteAllText(path, $"#!/bin/sh\n{script}\n");
        File.SetUnixFileMode(path, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        return path;
    }

    /// <summary>Answers one read late, with what the store held when it was asked.</summary>
    private sealed class SlowStore(IStateStore inner) : PassingStore(inner)
    {
        private readonly TaskCompletionSource _released = new(TaskCreationOptions.RunContinuationsAsynchronously);
        private int _toHold;

        public void HoldNext() => _toHold = 1;

        public void Release() => _released.SetResult();

        public override async ValueTask<StateRead> ReadAsync(IReadOnlyList<string> keys, CancellationToken cancel)
        {
            var isHeld = Interlocked.Exchange(ref _toHold, 0) == 1;
            var read = await Inner.ReadAsync(keys, cancel);
            await (isHeld ? _released.Task.WaitAsync(TimeSpan.FromSeconds(30), cancel) : Task.CompletedTask);
            return read;
        }
    }
}
