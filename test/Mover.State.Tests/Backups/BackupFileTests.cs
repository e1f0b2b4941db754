using System.Buffers.Binary;
using System.Security.Cryptography;
using Mover.State.Backups;
using Mover.State.Copies;
using Mover.State.Tests.Copies;
using Mover.Testing;

namespace Mover.State.Tests.Backups;

/// <summary>A backup gives back what it was made of, or says that it cannot: never something else.</summary>
public sealed class BackupFileTests : IAsyncLifetime
{
    private static readonly byte[] Key = RandomNumberGenerator.GetBytes(BackupFormat.KeyBytes);
    private readonly Engines _engines = new();

    private static int Seed => Setting.Seed(20261130);

    private static int Flips => Setting.Number("MOVER_FLIPS", 60);

    public Task InitializeAsync() => Task.CompletedTask;

    public async Task DisposeAsync() => await _engines.DisposeAsync();

    [RequiresTheory("MOVER_ETCD")]
    [InlineData(Engines.Sqlite, Engines.Sqlite)]
    [InlineData(Engines.Sqlite, Engines.Etcd)]
    [InlineData(Engines.Etcd, Engines.Sqlite)]
    [InlineData(Engines.Etcd, Engines.Etcd)]
    public async Task A_backup_of_either_engine_is_restored_into_either(string from, string to)
    {
        for (var round = 0; round < 2; round++)
        {
            var (source, target) = (await _engines.FilledAsync(from, $"s{round}", Seed + round), await _engines.PlaceAsync(to, $"t{round}"));
            var (path, sum) = await WriteAsync(source, $"backup{round}");

            await using (var backup = await OpenAsync(path))
            await using (var store = await target.OpenAsync())
            {
                var terms = new CopyTerms(CopyKinds.Restore, Estates.Stamp) { Restored = RestoreMark.Of(backup, null, Estates.Stamp.At) };
                Assert.Equal(sum, (await new StateCopy(backup, store, terms, TimeProvider.System).RunAsync(null, default)).Sum);
            }

            var restored = await target.AllAsync();
            Assert.Equal((await source.AllAsync()).Moved(), restored.Taken(source));
            Assert.Contains(restored, one => one.Key == "store/restored");
        }
    }

    [Fact]
    public void Frames_are_sealed_under_nonces_that_count_them()
    {
        var head = "head"u8.ToArray();
        using var seal = new FrameSeal(Key, head);
        using var aes = new AesGcm(Key, 16);
        for (var number = 0; number < 3; number++)
        {
            var sealedBytes = seal.Seal(FrameKind.Entries, "same"u8)[BackupFormat.FrameHeadBytes..];
            var (nonce, plain) = (new byte[12], new byte[4]);
            nonce[^1] = (byte)number;

            aes.Decrypt(nonce, sealedBytes.AsSpan(0, 4), sealedBytes.AsSpan(4), plain, [.. SHA256.HashData(head), (byte)FrameKind.Entries]);

            Assert.Equal("same"u8.ToArray(), plain);
        }
    }

    [Fact]
    public async Task A_damaged_backup_is_always_found_out_before_its_end()
    {
        var random = new Random(Seed);
        var whole = await File.ReadAllBytesAsync((await WriteAsync(await _engines.FilledAsync(Engines.Sqlite, "s", Seed), "backup")).Path);
        var frames = Frames(whole);
        Assert.True(frames.Count > 4);
        var damaged = new List<(string How, byte[] Bytes)>();
        foreach (var (at, length) in frames)
        {
            damaged.Add(($"cut at frame {at}", whole[..at]));
            damaged.Add(($"without frame {at}", [.. whole[..at], .. whole[(at + length)..]]));
            damaged.Add(($"frame {at} twice", [.. whole[..(at + length)], .. whole[at..]]));
        }

        for (var at = 1; at < frames.Count; at++)
        {
            var (one, two) = (frames[at - 1], frames[at]);
            damaged.Add(($"frames {at - 1} and {at} swapped",
                [.. whole[..one.At], .. whole[two.At..(two.At + two.Length)], .. whole[one.At..two.At], .. whole[(two.At + two.Length)..]]));
        }

        for (var round = 0; round < Flips; round++)
        {
            var (at, bit) = (random.Next(whole.Length), random.Next(8));
            damaged.Add(($"cut at {at}", whole[..at]));
            var flipped = (byte[])whole.Clone();
            flipped[at] ^= (byte)(1 << bit);
            damaged.Add(($"bit {bit} of byte {at}", flipped));

            // As one who can make checksums would: only the seal tells. One that was flipped itself is whole again then.
            if (Checksummed(flipped, frames) is var forged && !forged.AsSpan().SequenceEqual(whole))
            {
                damaged.Add(($"bit {bit} of byte {at}, checksums made again", forged));
            }
        }

        damaged.Add(("a byte more", [.. whole, 0]));
        foreach (var (how, bytes) in damaged)
        {
            var path = _engines.File("damaged");
            await File.WriteAllBytesAsync(path, bytes);

            var found = await Record.ExceptionAsync(() => ReadAsync(path));

            Assert.True(found is StateException { Fault: StateFault.Damaged or StateFault.Unavailable }, $"{how} (seed {Seed}): {found}");
        }
    }

    [Fact]
    public async Task A_frame_of_another_backup_under_the_same_key_does_not_fit()
    {
        var source = await _engines.FilledAsync(Engines.Sqlite, "s", Seed);
        var (one, two) = (
            await File.ReadAllBytesAsync((await WriteAsync(source, "one")).Path), await File.ReadAllBytesAsync((await WriteAsync(source, "two")).Path));
        var (mine, its) = (Frames(one)[2], Frames(two)[2]);
        await File.WriteAllBytesAsync(
            _engines.File("mixed"), [.. one[..mine.At], .. two[its.At..(its.At + its.Length)], .. one[(mine.At + mine.Length)..]]);

        var found = await Assert.ThrowsAsync<StateException>(() => ReadAsync(_engines.File("mixed")));

        Assert.Contains("changed or moved", found.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Another_key_opens_nothing()
    {
        var (path, _) = await WriteAsync(await _engines.FilledAsync(Engines.Sqlite, "s", Seed), "backup");

        var found = await Assert.ThrowsAsync<StateException>(() => ReadAsync(path, new byte[BackupFormat.KeyBytes]));

        Assert.Contains("it has another key", found.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(@"{""version"":2,""id"":""a"",""source"":""b"",""revision"":1,""takenAt"":""2030-01-01T00:00:00Z"",""seal"":{}}", "Use the newer program")]
    [InlineData(@"{""version"":1}", "header is incomplete")]
    [InlineData("null", "header is incomplete")]
    [InlineData("[]", "not JSON")]
    [InlineData("{{", "not JSON")]
    public async Task A_head_that_is_not_understood_is_refused(string head, string told)
    {
        var bytes = System.Text.Encoding.UTF8.GetBytes(head);
        var lengths = new byte[8];
        BinaryPrimitives.WriteInt32LittleEndian(lengths, bytes.Length);
        BinaryPrimitives.WriteUInt32LittleEndian(lengths.AsSpan(4), BackupFormat.Checksum(bytes));
        await File.WriteAllBytesAsync(_engines.File("head"), [.. BackupFormat.Magic, .. lengths, .. bytes]);

        var refused = await Assert.ThrowsAsync<StateException>(() => ReadAsync(_engines.File("head")));

        Assert.Contains(told, refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void The_checksum_is_the_one_of_RFC_3720()
    {
        Assert.Equal(0xE3069283u, BackupFormat.Checksum("123456789"u8));
        Assert.Equal(0x8A9136AAu, BackupFormat.Checksum(new byte[32]));
        Assert.Equal(0xE3069283u, BackupFormat.Checksum("12345"u8, "6789"u8));
    }

    [Fact]
    public async Task A_ring_comes_back_and_is_never_in_a_backup_that_it_opens()
    {
        var source = await _engines.FilledAsync(Engines.Sqlite, "s", Seed);
        var (path, _) = await WriteAsync(source, "backup", ring: "the ring"u8.ToArray());
        await using var backup = await OpenAsync(path);

        Assert.Equal("the ring"u8.ToArray(), await backup.ReadRingAsync(default));
        await using var snapshot = await source.SnapshotAsync();
        await Assert.ThrowsAsync<ArgumentException>(() => BackupWriter.WriteAsync(
            Stream.Null, Head(snapshot) with { Seal = new() { RingKeyId = "a", WrappedKey = [1] } }, Key, snapshot, "the ring"u8.ToArray(), null, default));
    }

    [Fact]
    public async Task A_full_disk_ends_the_backup()
    {
        await using var snapshot = await (await _engines.FilledAsync(Engines.Sqlite, "s", Seed)).SnapshotAsync();
        await using var full = new FileStream("/dev/full", FileMode.Open, FileAccess.Write, FileShare.None, 0);

        await Assert.ThrowsAnyAsync<IOException>(() => BackupWriter.WriteAsync(full, Head(snapshot), Key, snapshot, null, null, default));
    }

    private static BackupHeader Head(IStateSnapshot snapshot) => new(
        BackupFormat.Version, Guid.NewGuid().ToString(), snapshot.Name, snapshot.Revision, snapshot.TakenAt, new() { Salt = [1], Iterations = 1 });

    private static async Task<BackupFile> OpenAsync(string path, byte[]? key = null)
    {
        var backup = await BackupFile.OpenAsync(path, default);
        backup.Unlock(key ?? Key);
        return backup;
    }

    private static async Task ReadAsync(string path, byte[]? key = null)
    {
        await using var backup = await OpenAsync(path, key);
        await foreach (var _ in backup.ReadAsync(default))
        {
        }
    }

    // The first is the head, which is no frame.
    private static List<(int At, int Length)> Frames(byte[] whole)
    {
        var frames = new List<(int At, int Length)>();
        var at = BackupFormat.Magic.Length;
        at += 8 + BinaryPrimitives.ReadInt32LittleEndian(whole.AsSpan(at));
        while (at < whole.Length)
        {
            var length = BackupFormat.FrameHeadBytes + BinaryPrimitives.ReadInt32LittleEndian(whole.AsSpan(at));
            frames.Add((at, length));
            at += length;
        }

        return frames;
    }

    private static byte[] Checksummed(byte[] bytes, List<(int At, int Length)> frames)
    {
        var made = (byte[])bytes.Clone();
        var head = made.AsSpan(BackupFormat.Magic.Length);
        BinaryPrimitives.WriteUInt32LittleEndian(head[4..], BackupFormat.Checksum(made.AsSpan(BackupFormat.Magic.Length + 8, frames[0].At - BackupFormat.Magic.Length - 8)));
        foreach (var (at, length) in frames)
        {
            var frame = made.AsSpan(at, length);
            BinaryPrimitives.WriteUInt32LittleEndian(frame[5..], BackupFormat.Checksum(frame[..5], frame[BackupFormat.FrameHeadBytes..]));
        }

        return made;
    }

    private async Task<(string Path, StateSum Sum)> WriteAsync(Place source, string name, byte[]? ring = null)
    {
        var path = _engines.File(name);
        await using var snapshot = await source.SnapshotAsync();
        await using var file = File.Create(path);
        return (path, await BackupWriter.WriteAsync(file, Head(snapshot), Key, snapshot, ring, null, default));
    }
}
