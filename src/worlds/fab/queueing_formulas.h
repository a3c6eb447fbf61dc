// Closed forms of queues in steady state, for the oracle `queueing`. Rates are per hour, times in
// hours; "lots" are those that wait or are served, on average. Sections are those of Gross and
// Harris, "Fundamentals of Queueing Theory", 3rd ed., 1998.
#pragma once

#include <cmath>
#include <utility>

namespace dure::fab {

// M/M/c with service of mean `service`; Erlang's C formula (section 2.3).
inline double mmc_lots(double rate, double service, int c) {
  const double load = rate * service, rho = load / c;
  double term = 1, sum = 0;  // load^k / k!
  for (int k = 0; k < c; term *= load / ++k) sum += term;
  const double waits = term / (1 - rho) / (sum + term / (1 - rho));
  return load + waits * rho / (1 - rho);
}

// M/G/1 by the mean and the second moment of the service; Pollaczek and Khinchine (5.1.1).
inline double mg1_lots(double rate, double mean, double second_moment) {
  const double rho = rate * mean;
  return rho + rate * rate * second_moment / (2 * (1 - rho));
}

// Service of exactly k lots at once, exponential; it waits until there are k (bulk service, section
// 3.2.2). The chances are p_n = C r^n for n >= k - 1, where r in (0, 1) solves
// r^(k+1) = (1 + a) r - a, a = rate x service, and p_n = C r^k (1 - r^(n+1)) / (1 - r) / a below.
inline double bulk_lots(double rate, double service, int k) {
  const double a = rate * service;
  double lo = 0, hi = 1 - 1e-9;  // 1 is the other root
  for (int i = 0; i < 200; ++i) {
    const double r = (lo + hi) / 2;
    (std::pow(r, k + 1) - (1 + a) * r + a > 0 ? lo : hi) = r;
  }
  const double r = lo;
  double all = 0, lots = 0;
  const auto add = [&](int n, double p) { all += p, lots += n * p; };
  for (int n = 0; n < k; ++n) add(n, std::pow(r, k) * (1 - std::pow(r, n + 1)) / (1 - r) / a);
  for (int n = k; n < 100'000; ++n) add(n, std::pow(r, n));
  return lots / all;
}

// Two classes of exponential service, the first goes first but does not interrupt: times from
// arrival to the end of service (Cobham, Operations Research 2, 1954; section 3.4.1).
struct PriorityClass {
  double rate, service;
};
inline std::pair<double, double> cobham_times(PriorityClass first, PriorityClass second) {
  const double rho1 = first.rate * first.service, rho = rho1 + second.rate * second.service;
  const double rest =  // mean work left of the lot in service: rate x E[S^2] / 2, E[S^2] = 2 mean^2
      rho1 * first.service + (rho - rho1) * second.service;
  return {first.service + rest / (1 - rho1), second.service + rest / ((1 - rho1) * (1 - rho))};
}

// M/M/1 whose server fails at rate f whether it works or not, is repaired at rate r, and goes on
// where it stopped (White and Christie, Operations Research 6, 1958). With G(z) the generating
// function of the lots while it is up, H(z) while it is down, the balance equations give
//   G = mu p0 / (mu - rate z - f rate z / (rate (1 - z) + r)),  H = f G / (rate (1 - z) + r)
// with p0 = r / (f + r) - rate / mu; the mean is G'(1) + H'(1).
inline double breakdown_lots(double rate, double mu, double f, double r) {
  const double up = r / (f + r), p0 = up - rate / mu;
  const double denominator = mu - rate / up;
  const double g = mu * p0 * rate * (1 + f * (r + rate) / (r * r)) / (denominator * denominator);
  return g + f * g / r + f * up * rate / (r * r);
}

}  // namespace dure::fab
