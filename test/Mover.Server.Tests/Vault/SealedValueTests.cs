using System.Runtime.Versioning;
using Mover.Core.Access;
using Mover.Server.DataFolders;
using Mover.Server.Identity;
using Mover.Server.Keys;
using Mover.Server.Tests.Identity;

namespace Mover.Server.Tests.Vault;

[UnsupportedOSPlatform("windows")]
public sealed class SealedValueTests : IDisposable
{
    private readonly TempFolder _data = new();

    public void Dispose() => _data.Dispose();

    [Fact]
    public void A_sealed_value_opens_with_its_key_and_id()
    {
        var key = SealingKey.Make();

        var stored = SealedValue.Seal(new Secret("påss\0word"), "/vaults/v/secrets/s/1", key);

        Assert.Equal("påss\0word", stored.Open("/vaults/v/secrets/s/1", key)?.Reveal());
    }

    [Fact]
    public void A_value_moved_to_another_id_does_not_open()
    {
        var key = SealingKey.Make();

        var stored = SealedValue.Seal(new Secret("secret"), "/vaults/v/secrets/s/1", key);

        Assert.Null(stored.Open("/vaults/v/secrets/other/1", key));
    }

    [Fact]
    public void Every_changed_bit_is_noticed()
    {
        var key = SealingKey.Make();
        var stored = SealedValue.Seal(new Secret("secret"), "id", key);

        var opened = Enumerable.Range(0, stored.Sealed.Length * 8).Where(bit => Flip(stored, bit).Open("id", key) is not null);

        Assert.Empty(opened);
    }

    [Fact]
    public void A_truncated_value_does_not_open()
    {
        var key = SealingKey.Make();
        var stored = SealedValue.Seal(new Secret("secret"), "id", key);

        Assert.Null((stored with { Sealed = stored.Sealed[..8] }).Open("id", key));
        Assert.Null((stored with { Nonce = [] }).Open("id", key));
    }

    [Fact]
    public void The_same_secret_is_sealed_differently_each_time()
    {
        var key = SealingKey.Make();

        Assert.NotEqual(SealedValue.Seal(new Secret("s"), "id", key).Sealed, SealedValue.Seal(new Secret("s"), "id", key).Sealed);
    }

    [Fact]
    public void A_damaged_key_file_of_an_older_folder_is_refused_and_named()
    {
        var key = SealingKey.Make();
        var file = IdentityScene.VaultFile(_data.Path, key, 1);
        PrivateFile.Replace(file, key.Bytes);
        Assert.Equal(key.Id, Assert.Single(VaultFiles.Read(_data.Path)).Id);
        var bytes = File.ReadAllBytes(file);
        bytes[3] ^= 1;
        File.WriteAllBytes(file, bytes);

        Assert.Equal(file, Assert.Throws<DataFolderException>(() => VaultFiles.Read(_data.Path)).FilePath);
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
