#include "server/app/guest_secret.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <filesystem>
#include <string_view>
#include <system_error>

#include "io/unique_fd.h"

namespace kcs::app {
namespace {

constexpr std::size_t kSecretLength = 48;

std::string Problem(const std::string& path, int error) {
  return "cannot use " + path + ": " + std::generic_category().message(error);
}

}  // namespace

Result<std::string> LoadOrMakeGuestSecret(const std::string& path, Entropy& entropy) {
  std::error_code ignored;
  std::filesystem::create_directories(std::filesystem::path(path).parent_path(), ignored);
  if (const io::UniqueFd file(open(path.c_str(), O_RDONLY | O_CLOEXEC)); file) {
    std::array<char, 256> text{};
    const ssize_t n = read(file.get(), text.data(), text.size());
    if (n < 0) return Fail(Problem(path, errno));
    std::string_view secret(text.data(), static_cast<std::size_t>(n));
    while (secret.ends_with('\n')) secret.remove_suffix(1);
    if (secret.size() < kSecretLength) return Fail(path + " holds no secret; remove it");
    return std::string(secret);
  }
  if (errno != ENOENT) return Fail(Problem(path, errno));
  const std::string secret = entropy.Token(kSecretLength);
  const io::UniqueFd file(open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, S_IRUSR | S_IWUSR));
  if (!file || write(file.get(), secret.data(), secret.size()) != static_cast<ssize_t>(secret.size())) {
    return Fail(Problem(path, errno));
  }
  return secret;
}

}  // namespace kcs::app
