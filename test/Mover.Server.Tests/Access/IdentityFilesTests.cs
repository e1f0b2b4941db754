using Mover.Server.Access;
using Mover.Server.DataFolders;
using Mover.Server.Identity;
using Mover.Server.Tests.Identity;

namespace Mover.Server.Tests.Access;

public sealed class IdentityFilesTests : IDisposable
{
    private const int OwnerOnly = 0b110_000_000;
    private readonly TempFolder _data = new();

    public void Dispose() => _data.Dispose();

    [Fact]
    public async Task The_first_start_makes_an_administrator_and_a_key_that_later_starts_keep()
    {
        await OpenAsync();
        var files = new IdentityFiles(_data.Path);
        var (administrator, key) = (files.ReadAdministrator()!, files.ReadSigningKey()!);

        await OpenAsync();

        Assert.Equal(administrator.TenantId, files.ReadAdministrator()!.TenantId);
        Assert.Equal(administrator.ClientSecret.Reveal(), files.ReadAdministrator()!.ClientSecret.Reveal());
        Assert.Equal(key.KeyId, files.ReadSigningKey()!.KeyId);
    }

    [Fact]
    public async Task The_files_are_their_owners_only()
    {
        await OpenAsync();

        Assert.Equal((OwnerOnly, OwnerOnly, OwnerOnly), (Mode("administrator.json"), Mode("signing.key"), Mode("key-ring")));

        int Mode(string name) => OperatingSystem.IsWindows() ? OwnerOnly : (int)File.GetUnixFileMode(_data.At("access", name));
    }

    [Theory]
    [InlineData("access/administrator.json", UnixFileMode.GroupRead)]
    [InlineData("access/signing.key", UnixFileMode.OtherRead)]
    [InlineData("access/signing.key", UnixFileMode.OtherWrite)]
    [InlineData("access/key-ring", UnixFileMode.GroupRead)]
    [InlineData("tls/ca.key", UnixFileMode.OtherRead, true)]
    [InlineData("vault/0001-*.key", UnixFileMode.GroupRead, true)]
    public async Task A_key_that_other_users_can_reach_stops_the_start_and_the_command_that_mends_it_is_told(
        string name, UnixFileMode open, bool isOlder = false)
    {
        await OpenAsync(isOlder);
        var file = Directory.GetFiles(_data.At(Path.GetDirectoryName(name)!), Path.GetFileName(name)).Single();
        File.SetUnixFileMode(file, File.GetUnixFileMode(file) | open);

        var fault = await Assert.ThrowsAsync<DataFolderException>(() => OpenAsync());

        Assert.Equal(file, fault.FilePath);
        Assert.Contains($"chmod 600 '{file}'", fault.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("administrator.json", "{")]
    [InlineData("administrator.json", "[]")]
    [InlineData("administrator.json", """{"tenantId":"x"}""")]
    [InlineData("signing.key", "broken")]
    public async Task A_broken_file_is_named(string name, string content)
    {
        await OpenAsync();
        File.WriteAllText(_data.At("access", name), content);

        var fault = Assert.Throws<DataFolderException>(() => AdministratorToken.Create(_data.Path, TimeProvider.System));

        Assert.Equal(_data.At("access", name), fault.FilePath);
        Assert.Contains("restore it from a backup", fault.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_token_for_a_folder_that_no_server_used_is_refused_and_says_what_to_do()
    {
        var fault = Assert.Throws<DataFolderException>(() => AdministratorToken.Create(_data.Path, TimeProvider.System));

        Assert.Contains("mover server", fault.Message, StringComparison.Ordinal);
    }

    // A start; afterwards, if asked, the folder is as before the store held the identity.
    private async Task OpenAsync(bool becomesOlder = false)
    {
        await using (var scene = await IdentityScene.OpenAsync(_data.Path, TimeProvider.System))
        {
            _ = scene.Certificate.Current;
            if (!becomesOlder)
            {
                return;
            }

            scene.WriteAsBefore(_data.Path);
        }

        File.Delete(_data.At("state.db"));
        File.Delete(_data.At("access", "key-ring"));
    }
}
