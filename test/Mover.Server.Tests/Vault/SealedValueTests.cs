using System.Runtime.Versioning;
using Mover.Core.Access;
using Mover.Server.Tls;
using Mover.Server.Vault;

namespace Mover.Server.Tests.Vault;

[UnsupportedOSPlatform("windows")]
public sealed class SealedValueTests : IDisposable
{
    private readonly TempFolder _data = new();

    public void Dispose() => _data.Dispose();

    [Fact]
    public void A_sealed_value_opens_with_its_key_and_id()
    {
        var key = new VaultKeys(_data.Path).Current;

        var stored = SealedValue.Seal(new Secret("påss\0word"), "/vaults/v/secrets/s/1", key);

        Assert.Equal("påss\0word", stored.Open("/vaults/v/secrets/s/1", key)?.Reveal());
    }

    [Fact]
    public void A_value_moved_to_another_id_does_not_open()
    {
        var key = new VaultKeys(_data.Path).Current;

        var stored = SealedValue.Seal(new Secret("secret"), "/vaults/v/secrets/s/1", key);

        Assert.Null(stored.Open("/vaults/v/secrets/other/1", key));
    }

    [Fact]
    public void Every_changed_bit_is_noticed()
    {
        var key = new VaultKeys(_data.Path).Current;
        var stored = SealedValue.Seal(new Secret("secret"), "id", key);

        var opened = Enumerable.Range(0, stored.Sealed.Length * 8).Where(bit => Flip(stored, bit).Open("id", key) is not null);

        Assert.Empty(opened);
    }

    [Fact]
    public void A_truncated_value_does_not_open()
    {
        var key = new VaultKeys(_data.Path).Current;
        var stored = SealedValue.Seal(new Secret("secret"), "id", key);

        Assert.Null((stored with { Sealed = stored.Sealed[..8] }).Open("id", key));
        Assert.Null((stored with { Nonce = [] }).Open("id", key));
    }

    [Fact]
    public void The_same_secret_is_sealed_differently_each_time()
    {
        var key = new VaultKeys(_data.Path).Current;

        Assert.NotEqual(SealedValue.Seal(new Secret("s"), "id", key).Sealed, SealedValue.Seal(new Secret("s"), "id", key).Sealed);
    }

    [Fact]
    public void The_key_file_is_its_owners_only_and_survives_a_restart()
    {
        var first = new VaultKeys(_data.Path).Current;

        var file = Assert.Single(Directory.GetFiles(_data.At("vault")));
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(file));
        Assert.Equal(first.Id, new VaultKeys(_data.Path).Current.Id);
    }

    [Fact]
    public void A_damaged_key_file_stops_the_start_and_is_named()
    {
        _ = new VaultKeys(_data.Path).Current;
        var file = Directory.GetFiles(_data.At("vault"))[0];
        var bytes = File.ReadAllBytes(file);
        bytes[3] ^= 1;
        File.WriteAllBytes(file, bytes);

        Assert.Equal(file, Assert.Throws<DataFolderException>(() => new VaultKeys(_data.Path).Current).FilePath);
    }

    [Fact]
    public void A_newer_key_encrypts_and_the_older_one_still_decrypts()
    {
        var older = new VaultKeys(_data.Path).Current;
        var stored = SealedValue.Seal(new Secret("secret"), "id", older);
        var newer = Enumerable.Repeat((byte)7, VaultKeys.KeyBytes).ToArray();
        var id = Convert.ToHexStringLower(System.Security.Cryptography.SHA256.HashData(newer))[..16];
        File.WriteAllBytes(_data.At("vault", $"0002-{id}.key"), newer);
        File.SetUnixFileMode(_data.At("vault", $"0002-{id}.key"), UnixFileMode.UserRead | UnixFileMode.UserWrite);

        var keys = new VaultKeys(_data.Path);

        Assert.Equal(id, keys.Current.Id);
        Assert.Equal("secret", stored.Open("id", keys.Find(stored.KeyId)!)?.Reveal());
    }

    [Fact]
    public void A_secret_shows_as_stars_wherever_it_is_formatted()
    {
        var secret = new Secret("hunter2");

        Assert.Equal("*** ***", $"{secret} {secret.ToString()}");
        Assert.DoesNotContain("hunter2", System.Text.Json.JsonSerializer.Serialize(secret), StringComparison.Ordinal);
    }

    private static SealedValue Flip(SealedValue value, int bit)
    {
        var changed = value.Sealed.ToArray();
        changed[bit / 8] ^= (byte)(1 << (bit % 8));
        return value with { Sealed = changed };
    }
}
